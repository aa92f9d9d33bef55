import KappaCore
import KappaDirect
import KappaKafka
import KappaStreams

/// What a session reads: the partitions that its group gives it, over whichever way the path has chosen.
final class JobInput {
    enum Event {
        case record(JobSource, InputPartition)
        case end(InputPartition, Int64)
        case trouble(String)
    }

    let group: GroupReader
    /// Reads the partitions in place of the consumer, which then keeps the place in the group only.
    private var direct: DirectReading?
    private var partitions: [InputPartition] = []
    private var latest: (identity: UnsafeRawPointer, partition: Int32, found: InputPartition)?
    private let kafka: KafkaConfiguration
    private let stop: StopSignal

    /// - Parameter kafka: what the person asked for.
    init(_ group: GroupReader, _ kafka: KafkaConfiguration, stop: StopSignal) {
        self.group = group
        self.kafka = kafka
        self.stop = stop
    }

    var consumer: Consumer { group.consumer }
    var isDirect: Bool { direct != nil }

    /// From now on these are read, each from its `readOffset`; those that it was read from before go on there.
    func follow(_ partitions: [InputPartition], by path: KafkaPath) throws {
        let wasDirect = direct != nil
        forget()
        self.partitions = partitions
        direct = try path.reading(partitions, kafka, client: consumer.client)
        consumer.isStill = direct != nil
        // What the consumer was kept from reading it cannot go on with.
        if wasDirect, direct == nil, !partitions.isEmpty { throw SessionLost() }
        // And what it has been reading is read by somebody else now.
        if !wasDirect, direct != nil {
            let known = group.held.intersection(partitions.map(\.at))
            if !known.isEmpty { try consumer.pause(Array(known)) }
        }
    }

    /// Nothing is read until there is something to follow.
    func forget() {
        direct = nil
        latest = nil
        partitions = []
    }

    /// Gives what is there, so many records of each way at most, or waits for something to come.
    func read(
        most: Int, rest: Duration, readings take: DirectReading.Take, others body: (Event) throws -> Void
    ) throws {
        let heard = try group.poll(timeout: direct != nil ? .zero : rest, most: most) { event in
            try hear(event, body)
        }
        guard let direct else { return }
        let hasRead = try direct.read(most: most, readings: take, others: body)
        if !hasRead, heard == 0 {
            EventDescriptor.wait(for: [direct.news, consumer.news, stop.descriptor], rest)
        }
    }

    private func hear(_ event: Consumer.Event, _ body: (Event) throws -> Void) throws {
        switch event {
        case .record(let message):
            guard direct == nil, let partition = partition(of: message) else { return }
            partition.readOffset = message.offset + 1
            try body(.record(JobSource(message), partition))
        case .end(let at, let offset):
            guard direct == nil, let partition = partitions.first(where: { $0.at == at }) else { return }
            try body(.end(partition, offset))
        case .trouble(let error):
            guard !error.isFatal, error.kind == .unreachable || error.isRetriable else { throw error }
            try body(.trouble(error.message))
        }
    }

    private func partition(of message: Message) -> InputPartition? {
        let identity = message.topicIdentity
        if let latest, latest.partition == message.partition, latest.identity == identity { return latest.found }
        let at = TopicPartition(message.topic, message.partition)
        // A record of a partition that was taken away meanwhile is somebody else's.
        guard let found = partitions.first(where: { $0.at == at }) else { return nil }
        latest = (identity, message.partition, found)
        return found
    }
}
