import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka

/// What `kappa replay topic` was told to do.
struct ReplaySettings {
    var kafka: KafkaConfiguration
    var source: String
    var target: String
    var range: OffsetRange
    var speed: ReplaySpeed
    var predicates: [FieldPredicate]
    var shiftsToNow: Bool
    var timeField: FieldPath
    var creates: Bool
    /// The replay's name: of its group and of its transactions.
    var id: String
    /// What decides which records are written and how; a replay of another fingerprint is not continued.
    var fingerprint: String

    init(_ context: CommandContext) throws {
        kafka = try context.kafka()
        source = context[ReplayTopicCommand.source]
        target = context[ReplayTopicCommand.into]
        range = OffsetRange(start: context[ReplayTopicCommand.from], end: context[ReplayTopicCommand.to])
        speed = context[ReplayTopicCommand.speed]
        predicates = context[ReplayTopicCommand.predicates]
        shiftsToNow = context[ReplayTopicCommand.shift] != nil
        timeField = context[ReplayTopicCommand.timeField]
        creates = context[ReplayTopicCommand.create]
        let rules =
            [source, target, shiftsToNow ? timeField.description : ""] + predicates.map(\.description)
        fingerprint = ReplaySettings.digest(rules)
        let bounds = [range.start, range.end].map { $0.map { "\($0)" } ?? "" }
        id =
            context[ReplayTopicCommand.id].map { "kappa.replay.\($0)" }
            ?? "kappa.replay.\(source).\(target).\(ReplaySettings.digest(rules + bounds))"
        guard source != target else {
            throw UsageError(
                "a replay of '\(source)' into itself would double it", hint: "name another topic with --into")
        }
    }

    /// FNV-1a over the words; it tells apart what a person means differently, nothing more.
    static func digest(_ words: [String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for word in words {
            for byte in Array(word.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
