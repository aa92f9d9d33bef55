import KappaCore

/// What a command of this room found wrong itself.
package struct CommandFailure: Failure {
    let kind: FailureKind
    let message: String
    let hint: String?

    init(_ message: String, kind: FailureKind = .failed, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
