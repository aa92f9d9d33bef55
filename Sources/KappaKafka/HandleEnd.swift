import CRdKafka
import KappaCore
import KappaDirect
import Synchronization

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
    private let isDestroyed = Monitor(false)

    /// A broker's thread that is connecting notices the end within a second or so.
    private static let patience: Duration = .seconds(2)

    init(_ handle: OpaquePointer, notes: KafkaClient.Notes, membership: GroupMembership?, cluster: ClusterSettings) {
        self.handle = handle
        self.notes = notes
        self.membership = membership
        self.cluster = cluster
    }

    /// Returns when the handle is gone, or when that takes too long; the rest then goes on by itself.
    func run() {
        WorkerThread("kappa-close") { [self] in destroy() }.detach()
        isDestroyed.wait(HandleEnd.patience)
        leave()
    }

    /// librdkafka up to 2.0 ends the program when a member is destroyed that has begun to join under this strategy and
    /// was never given anything: it then frees a state that it has not made yet.
    private var mayBeDestroyed: Bool {
        notes.wasAssigned.load(ordering: .relaxed) || !notes.joinsStickily
    }

    /// How long a member that is joining is waited for.
    private static let patienceWithJoining: Duration = .seconds(30)

    private func destroy() {
        let deadline = ContinuousClock.now + HandleEnd.patienceWithJoining
        while !mayBeDestroyed, ContinuousClock.now < deadline {
            if let message = rd_kafka_consumer_poll(handle, 100) { rd_kafka_message_destroy(message) }
        }
        guard mayBeDestroyed else {
            // It leaves its group, and stays otherwise: some idle threads are less than an end of everything.
            rd_kafka_unsubscribe(handle)
            return isDestroyed.raise()
        }
        rd_kafka_destroy_flags(handle, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
        isDestroyed.raise()
    }

    /// After the heartbeats have ended, for librdkafka would join again. Where the coordinator cannot be told, the
    /// session's time-out tells it.
    private func leave() {
        guard let membership else { return }
        var settings = cluster
        (settings.silence, settings.patience, settings.stop) = (.seconds(1), .seconds(1), .never)
        try? ClusterQuestions(settings).leave(membership.group, member: membership.member)
    }
}
