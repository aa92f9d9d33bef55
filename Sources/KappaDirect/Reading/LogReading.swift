package import KappaCore

/// Reads partitions from given offsets on until it is stopped.
package final class LogReading {
    /// A partition to be read, and who leads it.
    package struct Source: Sendable {
        package var topic: String
        package var partition: Int32
        package var offset: Int64
        package var leader: BrokerAddress

        package init(topic: String, partition: Int32, offset: Int64, leader: BrokerAddress) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
            self.leader = leader
        }
    }

    /// What is done with each block on the thread that fetched it, before it is given out.
    package typealias Visit = @Sendable (FetchedBlock) throws(ConnectionFailure) -> Void

    private let queue = FetchQueue(limit: 2 << 20)
    private var readers: [BrokerReader] = []

    /// A broker that is away for longer than `patience` ends the reading.
    ///
    /// - Parameter committedOnly: what open and aborted transactions wrote is left out.
    package init(
        _ sources: [Source], clientId: String, signIn: SignIn? = nil, patience: Duration = .seconds(5),
        committedOnly: Bool = true,
        visit: @escaping Visit
    ) {
        var cursors: [BrokerAddress: [SourceCursor]] = [:]
        for (place, source) in sources.enumerated() {
            let cursor = SourceCursor(
                source: place, topic: source.topic, partition: source.partition, offset: source.offset)
            cursors[source.leader, default: []].append(cursor)
        }
        readers = cursors.map {
            BrokerReader(
                $0.key, clientId: clientId, signIn: signIn, cursors: $0.value, patience: patience,
                committedOnly: committedOnly, queue: queue, visit: visit)
        }
    }

    deinit { stop() }

    /// The next event, after waiting for it for so long; nil where none came.
    package func next(within wait: Duration) -> FetchEvent? { queue.take(within: wait) }

    /// Becomes readable when something comes after `next` has given nil.
    package var news: Int32 { queue.filled.descriptor }

    /// The memory of a block that nobody will look at again serves for another.
    package func giveBack(_ block: FetchedBlock) { queue.giveBack(block) }

    package func stop() {
        queue.stop()
        for reader in readers { reader.stop() }
        readers = []
    }
}
