import KappaCore
import Synchronization

/// What a sink has done so far.
package struct SinkTally {
    package var rows: Int64 = 0
    package var refused: Int64 = 0
    package var batches: Int64 = 0
    package var retries: Int64 = 0
    package var fenced: Int64 = 0
    package var elapsed: Duration = .zero

    package var rowsPerSecond: Double {
        let seconds = Double(elapsed.wholeMilliseconds) / 1000
        return seconds > 0 ? Double(rows) / seconds : 0
    }
}

/// The newest tally of a sink, for whoever asks from another thread.
package final class SinkBoard: Sendable {
    private let newest = Mutex(SinkTally())

    package init() {}

    package var tally: SinkTally { newest.withLock { $0 } }

    package func post(_ tally: SinkTally) { newest.withLock { $0 = tally } }
}
