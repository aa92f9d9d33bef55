import KappaCore
import KappaJobs
import KappaTerminal

extension ReplayTally {
    func show(_ settings: ReplaySettings, on output: Output) throws {
        try output.record(
            "replay",
            [
                (Column("source"), .text(settings.source)), (Column("target"), .text(settings.target)),
                (Column("written"), .integer(written)), (Column("passed_over", title: "skipped"), .integer(passedOver)),
                (Column("times_not_moved"), .integer(unmoved)),
                (Column("elapsed_ms", title: "elapsed"), .duration(.milliseconds(elapsed.wholeMilliseconds))),
                (Column("id"), .text(settings.id)),
            ])
    }
}
