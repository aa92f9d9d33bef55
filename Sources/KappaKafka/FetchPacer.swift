import CRdKafka
import Glibc
import KappaCore
import Synchronization

/// Wakes the fetching of a consumer that reads faster than its queue is long.
///
/// When the queue of a partition is full, librdkafka (up to 2.1) looks again only when something stirs on the
/// connection, or after a second; a fast reader has long emptied the queue by then and waits for nothing. So, for as
/// long as records are being read, a small question is asked two hundred times a second: it goes over the same
/// connection.
///
/// `@unchecked Sendable`: the handle may be used from any thread, all else is atomic or behind the lock.
final class FetchPacer: @unchecked Sendable {
    private static let interval = Duration.milliseconds(5)
    /// Fewer records than this in an interval come nowhere near a full queue.
    private static let threshold = 200

    private let handle: OpaquePointer
    private let delivered = Atomic<Int>(0)
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isStopped = false
    private var thread: WorkerThread?

    init(_ handle: OpaquePointer) {
        self.handle = handle
        pthread_mutex_init(lock, nil)
        pthread_cond_init(condition, nil)
        thread = WorkerThread { [self] in run() }
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(lock)
        condition.deallocate()
        lock.deallocate()
    }

    func note(_ records: Int) { delivered.wrappingAdd(records, ordering: .relaxed) }

    /// Returns when the thread has ended: the handle is not touched any more.
    func stop() {
        pthread_mutex_lock(lock)
        isStopped = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(lock)
        thread?.join()
        thread = nil
    }

    private func run() {
        var seen = 0
        var turn = 0
        while wait() {
            let now = delivered.load(ordering: .relaxed)
            defer { seen = now }
            guard now - seen > FetchPacer.threshold else { continue }
            ask(turn: turn)
            turn += 1
        }
    }

    /// False when it is over.
    private func wait() -> Bool {
        var until = FetchPacer.interval.deadline(on: CLOCK_REALTIME)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while !isStopped, pthread_cond_timedwait(condition, lock, &until) == 0 {}
        return !isStopped
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
