import KappaCore
import KappaJobs
import KappaTerminal

extension SinkTally {
    func show(on output: Output) throws {
        try output.record(
            "sink",
            [
                (Column("rows"), .integer(rows)), (Column("refused"), .integer(refused)),
                (Column("batches"), .integer(batches)), (Column("retries"), .integer(retries)),
                (Column("fenced"), .integer(fenced)), (Column("elapsed_ms", title: "elapsed"), .duration(elapsed)),
                (Column("rows_per_second"), .number(rowsPerSecond.rounded())),
            ])
    }
}
