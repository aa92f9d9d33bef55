package import KappaCore

/// Why a request or the server failed.
package struct HTTPError: Failure, Equatable {
    package var kind: FailureKind
    package var message: String
    package var hint: String?

    package init(_ kind: FailureKind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
