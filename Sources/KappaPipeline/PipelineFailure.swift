package import KappaCore

// KappaPipeline: the stages of a pipeline as processes of their own, kept running, stopped in order, and counted: what
// came in against what came out. How it is shown is left to who runs it.

/// What the pipeline found wrong itself.
package struct PipelineFailure: Failure {
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
