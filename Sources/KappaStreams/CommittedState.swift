/// What a commit's metadata says beside the held-back offset: enough to go on from the log alone.
package struct CommittedState: Equatable, Sendable {
    /// The next record to be processed; those between the committed offset and this one are only taken again.
    package var position: Int64
    package var clock: String
    package var fingerprint: String
    /// What the fingerprint is made of, in words: one partition of a job carries them, so that a job with other rules
    /// can be told which.
    package var rules: JobRules?

    package init(position: Int64, clock: String, fingerprint: String, rules: JobRules? = nil) {
        self.position = position
        self.clock = clock
        self.fingerprint = fingerprint
        self.rules = rules
    }

    package var words: String {
        "v1;\(position);\(clock);\(fingerprint)" + (rules.map { ";\($0.words)" } ?? "")
    }

    /// Nil for the metadata of another program, or of a later version of this one.
    package init?(words: String) {
        let parts = words.split(separator: ";", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "v1", let position = Int64(parts[1]), position >= 0 else { return nil }
        self.init(
            position: position, clock: String(parts[2]), fingerprint: String(parts[3]),
            rules: parts.count == 5 ? JobRules(words: String(parts[4])) : nil)
    }
}
