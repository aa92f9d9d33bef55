import KappaCore

/// What a replay has done in this run.
package struct ReplayTally {
    package var written: Int64 = 0
    package var passedOver: Int64 = 0
    package var unmoved: Int64 = 0
    package var elapsed: Duration = .zero
    /// A run before this one had finished it.
    package var wasDone = false

    package init() {}
}
