import CRdKafka
import KappaCore

/// Wakes the fetching of a consumer that reads faster than its queue is long.
///
/// When the queue of a partition is full, librdkafka (up to 2.1) looks again only when something stirs on the
/// connection, or after a second; a fast reader has long emptied the queue by then and waits for nothing. So, for as
/// long as records are being read, a small question is asked two hundred times a second: it goes over the same
/// connection.
///
/// While nothing is read it sleeps.
///
/// `@unchecked Sendable`: the handle may be used from any thread, all else is behind the lock or the thread's own.
final class FetchPacer: @unchecked Sendable {
    private struct State {
        var delivered = 0
        var isStopped = false
        /// Nobody has read anything for a while.
        var sleeps = true
    }

    private static let interval = Duration.milliseconds(5)
    /// Fewer records than this in an interval come nowhere near a full queue.
    private static let threshold = 200

    private let handle: OpaquePointer
    private let state = Monitor(State())
    private var thread: WorkerThread?

    init(_ handle: OpaquePointer) {
        self.handle = handle
        thread = WorkerThread("kappa-pace") { [self] in run() }
    }

    func note(_ records: Int) {
        let wakes = state.look { state in
            state.delivered += records
            // Few records fill no queue, so for them it may sleep on.
            return state.sleeps && state.delivered > FetchPacer.threshold
        }
        if wakes { state.change { $0.sleeps = false } }
    }

    /// Returns when the thread has ended: the handle is not touched any more.
    func stop() {
        state.change { $0.isStopped = true }
        thread?.join()
        thread = nil
    }

    private func run() {
        var turn = 0
        while let delivered = next() {
            guard delivered > FetchPacer.threshold else { continue }
            ask(turn: turn)
            turn += 1
        }
    }

    /// How many records came in an interval; nil when it is over.
    private func next() -> Int? {
        let isOver = state.wait { state -> Bool? in state.isStopped ? true : state.sleeps ? nil : false }
        guard !isOver, state.wait(FetchPacer.interval, until: { $0.isStopped ? true : nil }) == nil else { return nil }
        return state.look { state in
            defer { state.delivered = 0 }
            state.sleeps = state.delivered <= FetchPacer.threshold
            return state.delivered
        }
    }

    /// Each partition in turn, so that each broker is asked.
    private func ask(turn: Int) {
        var raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(handle, &raw) == RD_KAFKA_RESP_ERR_NO_ERROR, let raw else { return }
        defer { rd_kafka_topic_partition_list_destroy(raw) }
        guard raw.pointee.cnt > 0 else { return }
        let element = raw.pointee.elems[turn % Int(raw.pointee.cnt)]
        let asked = rd_kafka_topic_partition_list_new(1)!
        defer { rd_kafka_topic_partition_list_destroy(asked) }
        rd_kafka_topic_partition_list_add(asked, element.topic, element.partition).pointee.offset = PartitionOffset.end
        // Of all questions to a partition's leader this is the one that keeps to its time-out.
        _ = rd_kafka_offsets_for_times(handle, asked, 1000)
    }
}
