import KappaCore

/// Which dead letters are meant.
struct DeadSelection: ~Copyable {
    private let reasons: [String]
    private let fields: [String]
    private var filter: RecordFilter

    init(_ settings: DeadReplaySettings) {
        reasons = settings.reasons
        fields = settings.fields
        filter = RecordFilter(settings.predicates)
    }

    mutating func accepts(_ letter: DeadLetter) -> Bool {
        guard reasons.isEmpty || reasons.contains(letter.reason ?? "") else { return false }
        guard fields.isEmpty || fields.contains(letter.field ?? "") else { return false }
        guard !filter.predicates.isEmpty else { return true }
        return letter.value?.withUnsafeBytes { filter.accepts($0) } ?? false
    }
}
