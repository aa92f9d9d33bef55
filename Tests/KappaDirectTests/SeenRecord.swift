import KappaCore
import KappaKafka
import KappaTestSupport

@testable import KappaDirect

/// A record with all that a reader can see of it.
struct SeenRecord: Equatable {
    var offset: Int64
    var timestamp: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [Header]

    /// What librdkafka reads of a partition, checksums and all.
    static func byLibrdkafka(
        _ broker: BrokerProcess, _ at: TopicPartition, from offset: Int64, upTo end: Int64
    ) throws -> [SeenRecord] {
        let configuration = KafkaConfiguration(
            brokers: broker.address, properties: [(key: "check.crcs", value: "true")])
        let consumer = try Consumer(configuration, group: nil)
        try consumer.assign([PartitionOffset(at, offset)])
        var seen: [SeenRecord] = []
        var isAtEnd = false
        let deadline = ContinuousClock.now + .seconds(30)
        while !isAtEnd, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(100)) { event in
                switch event {
                case .record(let message):
                    seen.append(
                        SeenRecord(
                            offset: message.offset, timestamp: message.timestamp?.milliseconds ?? -1,
                            key: message.key.map(Array.init), value: message.value.map(Array.init),
                            headers: message.headers))
                case .end(_, let offset): isAtEnd = offset >= end
                case .trouble(let error): throw error
                }
            }
        }
        consumer.close()
        return seen
    }
}

extension BrokerProcess {
    var plainAddress: BrokerAddress { BrokerAddress(host: "127.0.0.1", port: port) }
}
