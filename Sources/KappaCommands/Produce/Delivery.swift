import Glibc
import KappaCore
import KappaKafka
import KappaTerminal

/// Sends records to one topic and minds back-pressure, pace, interruption and the fate of each record.
final class Delivery {
    private let producer: Producer
    private let topic: ProducerTopic
    private let partition: Int32?
    private let interruption: Interruption
    private let pace: Double?
    private let begun = ContinuousClock.now
    private(set) var accepted = 0
    private var sincePoll = 0
    /// Throw `DeliveryStopped` once a record is known to have failed.
    var stopsAtFailure = false

    init(
        _ configuration: KafkaConfiguration, topic: String, partition: Int32?, pace: Rate?, interruption: Interruption
    ) throws {
        producer = try Producer(configuration)
        self.topic = try producer.topic(topic)
        self.partition = partition
        self.interruption = interruption
        self.pace = pace?.perSecond
    }

    var client: KafkaClient { producer.client }
    var tally: DeliveryTally { producer.tally }

    /// A record of key and value alone, the hot path.
    func send(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) throws {
        if pace != nil { try keepPace() }
        let place = partition ?? Producer.anyPartition
        while try !producer.producePlainly(to: topic, partition: place, key: key, value: value) { try waitForRoom() }
        try countOne()
    }

    func send(_ record: RecordMaker.Record) throws {
        if pace != nil { try keepPace() }
        while try !producer.produce(
            to: topic, partition: partition ?? record.partition, key: record.key, value: record.value,
            timestamp: record.timestamp, headers: record.headers)
        {
            try waitForRoom()
        }
        try countOne()
    }

    private func countOne() throws {
        accepted += 1
        sincePoll += 1
        if sincePoll >= 10_000 { try poll() }
    }

    /// Hears reports; throws where nothing more can be sent.
    func poll(timeout: Duration = .zero) throws {
        sincePoll = 0
        producer.poll(timeout: timeout)
        if let fatal = client.fatalTrouble { throw fatal }
        if stopsAtFailure, producer.hasFailed { throw DeliveryStopped() }
    }

    private func waitForRoom() throws {
        try poll(timeout: .milliseconds(1))
        try stopIfInterrupted()
    }

    func stopIfInterrupted() throws {
        if let signal = interruption.signal { throw Interrupted(signal: signal) }
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
    func finish(within bound: Duration) -> DeliveryTally {
        let deadline = ContinuousClock.now + bound
        while producer.inFlight > 0, ContinuousClock.now < deadline, client.fatalTrouble == nil {
            _ = producer.flush(timeout: .milliseconds(100))
        }
        if producer.inFlight > 0 { producer.purge() }
        return producer.tally
    }
}

/// A record was not delivered, and nothing more is to be sent after it; the tally says the rest.
struct DeliveryStopped: Error {}
