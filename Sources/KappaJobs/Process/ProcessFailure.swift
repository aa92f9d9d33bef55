import KappaCore

/// What stops a job for good, beside what the cluster says.
struct ProcessFailure: Failure {
    var kind: FailureKind = .failed
    let message: String
    var hint: String?

    init(_ message: String, kind: FailureKind = .failed, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
