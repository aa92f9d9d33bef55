import KappaCore
import KappaTerminal

/// What a replay has done in this run.
struct ReplayTally {
    var written: Int64 = 0
    var passedOver: Int64 = 0
    var unmoved: Int64 = 0
    var elapsed: Duration = .zero
    /// A run before this one had finished it.
    var wasDone = false

    func show(_ settings: ReplaySettings, on output: Output) throws {
        try output.record(
            "replay",
            [
                (Column("source"), .text(settings.source)), (Column("target"), .text(settings.target)),
                (Column("written"), .integer(written)), (Column("passed_over"), .integer(passedOver)),
                (Column("times_not_moved"), .integer(unmoved)),
                (Column("elapsed_ms", title: "elapsed"), .duration(.milliseconds(elapsed.wholeMilliseconds))),
                (Column("id"), .text(settings.id)),
            ])
    }
}
