import Glibc
package import KappaCore
package import KappaKafka

/// Sends records to one topic and minds back-pressure, pace, interruption and the fate of each record.
package final class Delivery {
    private var producer: Producer
    private var topic: ProducerTopic
    private let configuration: KafkaConfiguration
    /// What producers before this one, with a smaller limit, have brought.
    private var earlier = DeliveryTally()
    /// The topic's own limit, where it is known.
    private var topicLimit: Int?
    /// Hears each record that failed, borrowed for the call.
    package var onFailure: ((Message, KafkaError) -> Void)? { didSet { producer.onFailure = onFailure } }
    private let partition: Int32?
    private let stop: StopSignal
    private let pace: Double?
    private let begun = ContinuousClock.now
    private var sincePoll = 0
    private let batch = PlainBatch()
    /// Throw `DeliveryStopped` once a record is known to have failed.
    package var stopsAtFailure = false

    package init(
        _ configuration: KafkaConfiguration, topic: String, partition: Int32?, pace: Rate?, stop: StopSignal
    ) throws {
        var (configuration, producer) = (configuration, try Producer(configuration))
        topicLimit = producer.client.recordLimit(of: topic)
        if let limit = topicLimit, limit < producer.largestRecord {
            // A broker refuses a batch as a whole: records that it would take must not share one with what is too
            // large for it, nor be so many together.
            configuration = configuration.forcing([("message.max.bytes", String(max(limit, 1000)))])
            producer = try Producer(configuration)
        }
        self.configuration = configuration
        self.producer = producer
        self.topic = try producer.topic(topic)
        self.partition = partition
        self.stop = stop
        self.pace = pace?.perSecond
    }

    package var client: KafkaClient { producer.client }
    package var tally: DeliveryTally { earlier + producer.tally }
    package var accepted: Int { earlier.delivered + earlier.failed + producer.accepted }

    /// A record of key and value alone, the hot path. The bytes are borrowed until `sendBatch`.
    ///
    /// - Parameter tag: its line, by which a record that failed is known again.
    package func send(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, tag: Int = 0) throws {
        // A paced record goes out when it is due, and one that is too large is refused by itself.
        guard pace == nil, (key?.count ?? 0) + (value?.count ?? 0) <= producer.largestRecord else {
            return try send(
                RecordMaker.Record(key: key, value: value, timestamp: nil, headers: [], partition: nil), tag: tag)
        }
        batch.add(key: key, value: value, tag: tag)
        if batch.isFull { try sendBatch() }
    }

    /// Puts on its way what was borrowed.
    package func sendBatch() throws {
        guard batch.count > 0 else { return }
        defer { batch.removeAll() }
        let place = partition ?? Producer.anyPartition
        var sent = 0
        while true {
            sent = try producer.produce(batch, from: sent, to: topic, partition: place)
            if sent == batch.count { break }
            try waitForRoom()
        }
        try poll()
    }

    package func send(_ record: RecordMaker.Record, tag: Int = 0) throws {
        try sendBatch()
        let size = (record.key?.count ?? 0) + (record.value?.count ?? 0)
        if size > producer.largestRecord { try makeRoom(for: size) }
        if pace != nil { try keepPace() }
        while try !producer.produce(
            to: topic, partition: partition ?? record.partition, key: record.key, value: record.value,
            timestamp: record.timestamp, headers: record.headers, opaque: tag)
        {
            try waitForRoom()
        }
        sincePoll += 1
        if sincePoll >= 10_000 { try poll() }
    }

    /// A record that the topic takes is sent, though it is larger than what the client takes by itself: by a producer
    /// with that limit, once everything before the record has arrived.
    private func makeRoom(for size: Int) throws {
        let limit = topicLimit ?? client.recordLimit(of: topic.name) ?? producer.largestRecord
        topicLimit = limit
        guard size <= limit else {
            throw KafkaError(
                code: KafkaError.recordTooLarge,
                message: "the record has \(size) bytes, and topic '\(topic.name)' takes \(limit) (max.message.bytes)",
                hint: "'kappa topics alter \(topic.name) -c max.message.bytes=…' lets it take more")
        }
        while producer.inFlight > 0 {
            try poll(timeout: .milliseconds(10))
            try stopIfInterrupted()
        }
        let wider = try Producer(configuration.forcing([("message.max.bytes", String(limit))]))
        earlier = earlier + producer.tally
        producer.onFailure = nil
        wider.onFailure = onFailure
        topic = try wider.topic(topic.name)
        producer = wider
    }

    /// Hears reports; throws where nothing more can be sent.
    package func poll(timeout: Duration = .zero) throws {
        sincePoll = 0
        producer.poll(timeout: timeout)
        if let fatal = client.fatalTrouble { throw fatal }
        if stopsAtFailure, tally.failed > 0 { throw DeliveryStopped() }
    }

    private func waitForRoom() throws {
        try poll(timeout: .milliseconds(1))
        try stopIfInterrupted()
    }

    package func stopIfInterrupted() throws {
        try stop.throwIfRequested()
    }

    private func keepPace() throws {
        guard let pace else { return }
        let due = Duration.seconds(Double(accepted) / pace)
        while case let left = due - begun.duration(to: .now), left > .zero {
            try poll(timeout: .milliseconds(min(max(left.wholeMilliseconds, 1), 50)))
            try stopIfInterrupted()
        }
    }

    /// Waits until the fate of every record is known; what is not delivered within `bound` has failed.
    package func finish(within bound: Duration) -> DeliveryTally {
        let deadline = ContinuousClock.now + bound
        while producer.inFlight > 0, ContinuousClock.now < deadline, client.fatalTrouble == nil {
            _ = producer.flush(timeout: .milliseconds(100))
        }
        if producer.inFlight > 0 { producer.purge() }
        return tally
    }
}

/// A record was not delivered, and nothing more is to be sent after it; the tally says the rest.
package struct DeliveryStopped: Error {}
