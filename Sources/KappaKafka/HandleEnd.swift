import CRdKafka
import Glibc
import KappaCore
import KappaDirect

/// A member of a group, as the coordinator knows it.
struct GroupMembership: Sendable, Equatable {
    var group: String
    var member: String
}

/// The end of a handle: taken apart within a bounded time, and without librdkafka's own way out of a group.
///
/// librdkafka's LeaveGroup dereferences a coordinator that has gone, and its destroy can wait for ever for a broker's
/// thread that has to do with a deleted topic. So the handle is destroyed without closing its consumer, on a thread
/// that nobody has to wait for, and the coordinator is told on the plain path.
///
/// Unchecked: the handle may be destroyed on any thread, and nobody else has it any more.
final class HandleEnd: @unchecked Sendable {
    private let handle: OpaquePointer
    /// What the callbacks write to lives as long as the library's threads.
    private let notes: KafkaClient.Notes
    private let membership: GroupMembership?
    private let cluster: ClusterSettings
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let ended = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isDestroyed = false

    /// A broker's thread that is connecting notices the end within a second or so.
    private static let patience: Duration = .seconds(2)

    init(_ handle: OpaquePointer, notes: KafkaClient.Notes, membership: GroupMembership?, cluster: ClusterSettings) {
        self.handle = handle
        self.notes = notes
        self.membership = membership
        self.cluster = cluster
        pthread_mutex_init(lock, nil)
        pthread_cond_init(ended, nil)
    }

    deinit {
        pthread_cond_destroy(ended)
        pthread_mutex_destroy(lock)
        lock.deallocate()
        ended.deallocate()
    }

    /// Returns when the handle is gone, or when that takes too long; the rest then goes on by itself.
    func run() {
        WorkerThread { [self] in destroy() }.detach()
        var until = HandleEnd.patience.deadline(on: CLOCK_REALTIME)
        pthread_mutex_lock(lock)
        while !isDestroyed, pthread_cond_timedwait(ended, lock, &until) == 0 {}
        pthread_mutex_unlock(lock)
        leave()
    }

    private func destroy() {
        rd_kafka_destroy_flags(handle, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
        pthread_mutex_lock(lock)
        isDestroyed = true
        pthread_cond_broadcast(ended)
        pthread_mutex_unlock(lock)
    }

    /// After the heartbeats have ended, for librdkafka would join again. Where the coordinator cannot be told, the
    /// session's time-out tells it.
    private func leave() {
        guard let membership else { return }
        var settings = cluster
        (settings.silence, settings.patience) = (.seconds(1), .seconds(1))
        try? ClusterQuestions(settings).leave(membership.group, member: membership.member)
    }
}
