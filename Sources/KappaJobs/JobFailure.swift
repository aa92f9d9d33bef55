package import KappaCore

// KappaJobs: the engines, each given its settings, a voice and a stop signal. Nothing here knows an option, a terminal
// or a page; whoever starts an engine decides what becomes of its words and its figures.

/// What an engine found wrong itself.
package struct JobFailure: Failure {
    package let kind: FailureKind
    package let message: String
    package let hint: String?

    package init(_ message: String, kind: FailureKind = .failed, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    /// Settings that make no sense together.
    package init(usage message: String, hint: String? = nil) {
        self.init(message, kind: .usage, hint: hint)
    }
}
