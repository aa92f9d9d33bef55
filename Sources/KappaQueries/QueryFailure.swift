package import KappaCore

/// What was asked for cannot be asked, or cannot be shown so.
package struct QueryFailure: Failure {
    package let kind = FailureKind.usage
    package let message: String
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}
