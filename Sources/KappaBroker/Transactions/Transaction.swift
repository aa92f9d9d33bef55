import KappaCore

/// What the coordinator knows of one transactional id.
package struct Transaction: Equatable, Sendable {
    package enum State: Int8, Sendable {
        // The numbers are those of Kafka's TransactionLogValue.
        case empty = 0
        case ongoing = 1
        case prepareCommit = 2
        case prepareAbort = 3
        case completeCommit = 4
        case completeAbort = 5

        /// As Kafka's administration shows it.
        package var name: String {
            switch self {
            case .empty: "Empty"
            case .ongoing: "Ongoing"
            case .prepareCommit: "PrepareCommit"
            case .prepareAbort: "PrepareAbort"
            case .completeCommit: "CompleteCommit"
            case .completeAbort: "CompleteAbort"
            }
        }

        /// The outcome is written down, and the markers are under way.
        var isPrepared: Bool { self == .prepareCommit || self == .prepareAbort }
    }

    package struct Partition: Hashable, Sendable {
        package var topic: String
        package var index: Int32

        package init(topic: String, index: Int32) {
            self.topic = topic
            self.index = index
        }
    }

    package var id: String
    package var producerId: Int64
    package var epoch: Int16
    /// The epoch before the last change, by which a repeated request for that change is known again.
    package var lastEpoch: Int16 = -1
    package var lastProducerId: Int64 = -1
    /// The producer id that follows when the markers are written, where this one's epochs are used up; -1 else.
    package var nextProducerId: Int64 = -1
    /// Whether the producer goes on under the next epoch after each transaction (KIP-890).
    package var bumpsEpoch = false
    package var timeoutMilliseconds: Int32
    package var state = State.empty
    package var partitions: Set<Partition> = []
    /// By the wall clock: it must mean something after a restart.
    package var startedAt: Int64 = -1
    package var updatedAt: Int64

    /// When it is aborted where it is still open, by the wall clock.
    var deadline: Int64 { startedAt.addingSaturated(Int64(timeoutMilliseconds)) }

    /// What the producer is to go on with once its transaction has ended.
    package var successor: (producerId: Int64, epoch: Int16) {
        nextProducerId >= 0 ? (nextProducerId, 0) : (producerId, epoch)
    }

    /// The last epoch that is given out; the one after it is kept for fencing.
    static let lastUsableEpoch = Int16.max - 1

    package init(id: String, producerId: Int64, epoch: Int16, timeoutMilliseconds: Int32, now: Int64) {
        self.id = id
        self.producerId = producerId
        self.epoch = epoch
        self.timeoutMilliseconds = timeoutMilliseconds
        updatedAt = now
    }
}
