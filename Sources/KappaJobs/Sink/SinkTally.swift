import KappaCore
import KappaTerminal
import Synchronization

/// What a sink has done so far.
struct SinkTally {
    var rows: Int64 = 0
    var refused: Int64 = 0
    var batches: Int64 = 0
    var retries: Int64 = 0
    var fenced: Int64 = 0
    var elapsed: Duration = .zero

    private var rowsPerSecond: Double {
        let seconds = Double(elapsed.wholeMilliseconds) / 1000
        return seconds > 0 ? Double(rows) / seconds : 0
    }

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

/// The newest tally of a sink, for whoever asks from another thread.
final class SinkBoard: Sendable {
    private let newest = Mutex(SinkTally())

    var tally: SinkTally { newest.withLock { $0 } }

    func post(_ tally: SinkTally) { newest.withLock { $0 = tally } }
}
