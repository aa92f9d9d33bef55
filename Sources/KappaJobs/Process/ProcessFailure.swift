package import KappaCore

/// What stops a job for good, beside what the cluster says.
package struct ProcessFailure: Failure {
    package var kind: FailureKind = .failed
    package let message: String
    package var hint: String?

    package init(_ message: String, kind: FailureKind = .failed, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
