package import KappaCore

/// What is wrong with a client's properties as a person wrote them.
package struct PropertiesFailure: Failure {
    package let kind = FailureKind.usage
    package let message: String
    package let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}
