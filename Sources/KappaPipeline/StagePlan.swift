/// A part of the pipeline that the supervisor keeps running, as far as the pure machine needs to know it.
package struct StagePlan: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// Runs until it is told to stop.
        case service
        /// Runs to its end, once.
        case task
        /// Where the readings come from: its end is the end of the pipeline, once all is drained.
        case source
        /// Runs once, after everything before it has been drained: the audit of the books.
        case audit
    }

    package var name: String
    var kind: Kind
    /// What must be ready before this one starts, and outlive it.
    var needs: [String] = []
    /// How the line begins that tells of its being ready; without one it is ready once it runs.
    var readyWord: String?
    /// Whether it has a way to finish what there is and end: `--drain`.
    var drains = false
    /// How long it may take to stop before it is killed.
    var patience: Duration = .seconds(10)
}
