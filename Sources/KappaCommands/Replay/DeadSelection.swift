import KappaCore
import KappaJobs
import KappaKafka

/// Which dead letters are meant.
struct DeadSelection: ~Copyable {
    let topic: String
    private let reasons: [String]
    private var filter: RecordFilter

    init(_ context: CommandContext) {
        topic = context[ReplayDeadCommand.topic]
        reasons = context[ReplayDeadCommand.reasons]
        filter = RecordFilter(context[ReplayDeadCommand.predicates])
    }

    mutating func accepts(_ letter: DeadLetter) -> Bool {
        guard reasons.isEmpty || reasons.contains(letter.reason ?? "") else { return false }
        guard !filter.predicates.isEmpty else { return true }
        return letter.value?.withUnsafeBytes { filter.accepts($0) } ?? false
    }
}
