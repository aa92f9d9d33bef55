import CRdKafka
import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

/// librdkafka's own stand-in for a cluster: brokers of this process, on real sockets, that err on demand.
///
/// Unchecked: its calls may be made from any thread.
final class MockCluster: @unchecked Sendable {
    private let owner: OpaquePointer
    private let cluster: OpaquePointer
    let brokers: String

    init(brokers count: Int32 = 1) throws {
        var reason = [CChar](repeating: 0, count: 256)
        let settings = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(settings) { _, _, _, _ in }
        guard let owner = rd_kafka_new(RD_KAFKA_PRODUCER, settings, &reason, reason.count),
            let cluster = rd_kafka_mock_cluster_new(owner, count)
        else { throw ChildProcess.Trouble("no mock cluster") }
        (self.owner, self.cluster) = (owner, cluster)
        brokers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(owner)
    }

    func configuration(timeout: Duration = .seconds(20), _ properties: [(key: String, value: String)] = [])
        -> KafkaConfiguration
    {
        KafkaConfiguration(brokers: brokers, properties: properties, timeout: timeout)
    }

    func create(_ topic: String, partitions: Int32) throws {
        guard rd_kafka_mock_topic_create(cluster, topic, partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw ChildProcess.Trouble("no topic")
        }
    }

    /// Kafka's numbers of the requests that are answered with errors.
    enum Request: Int16 {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case initProducerId = 22
        case addOffsetsToTxn = 25
        case endTxn = 26
    }

    /// The next requests of a kind are answered with these, one after the other.
    func answer(_ request: Request, with errors: [rd_kafka_resp_err_t]) {
        var errors = errors
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, &errors)
    }

    func lead(_ topic: String, _ partition: Int32, by broker: Int32) {
        rd_kafka_mock_partition_set_leader(cluster, topic, partition, broker)
    }

    func coordinate(group: String, by broker: Int32) {
        rd_kafka_mock_coordinator_set(cluster, "group", group, broker)
    }

    /// Every answer of the broker takes so long.
    func slow(_ broker: Int32, milliseconds: Int32) { rd_kafka_mock_broker_set_rtt(cluster, broker, milliseconds) }

    func down(_ broker: Int32) { rd_kafka_mock_broker_set_down(cluster, broker) }
    func up(_ broker: Int32) { rd_kafka_mock_broker_set_up(cluster, broker) }
}

extension MockCluster {
    /// Writes numbers, and waits until their fate is known.
    func produce(_ numbers: Range<UInt8>, to topic: String, partition: Int32 = 0) throws -> DeliveryTally {
        let producer = try Producer(configuration())
        try MockCluster.produce(numbers, by: producer, to: try producer.topic(topic), partition: partition)
        #expect(producer.flush(timeout: .seconds(60)))
        return producer.tally
    }

    static func produce(
        _ numbers: Range<UInt8>, by producer: Producer, to topic: ProducerTopic, partition: Int32 = 0
    ) throws {
        for number in numbers {
            let isTaken = try withUnsafeBytes(of: number) {
                try producer.produce(to: topic, partition: partition, key: nil, value: $0)
            }
            #expect(isTaken)
        }
    }

    /// Reads so many numbers from a consumer, and the troubles that it told of on the way.
    static func read(
        _ count: Int, from consumer: Consumer, within limit: Duration = .seconds(60)
    ) throws -> (numbers: [UInt8], troubles: [KafkaError]) {
        var numbers: [UInt8] = []
        var troubles: [KafkaError] = []
        let deadline = ContinuousClock.now + limit
        while numbers.count < count, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(100)) { event in
                switch event {
                case .record(let message): numbers += Array(message.value!)
                case .trouble(let error): troubles.append(error)
                case .end: break
                }
            }
        }
        return (numbers, troubles)
    }
}
