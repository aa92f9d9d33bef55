import CRdKafka
import KappaCore
import KappaKafka
import Testing

/// What becomes of records when brokers err.
@Suite(.timeLimit(.minutes(3))) struct MockProducerTests {
    @Test func errorsThatPassAreRiddenThroughAndNothingIsDoubled() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        cluster.answer(
            .produce,
            with: [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            ])
        let tally = try cluster.produce(0..<50, to: "log")
        #expect(tally.delivered == 50 && tally.failed == 0)
        let consumer = try Consumer(cluster.configuration(), group: nil)
        try consumer.assign([PartitionOffset(TopicPartition("log", 0), 0)])
        #expect(try MockCluster.read(50, from: consumer).numbers == Array(0..<50))
    }

    @Test func aRefusalIsReportedForEachRecordWithItsReason() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        let producer = try Producer(cluster.configuration())
        var told: [KafkaError] = []
        producer.onFailure = { _, error in told.append(error) }
        cluster.answer(
            .produce, with: Array(repeating: RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, count: 20))
        try MockCluster.produce(0..<3, by: producer, to: try producer.topic("log"))
        #expect(producer.flush(timeout: .seconds(60)))
        #expect(producer.hasFailed && producer.tally.failed == 3 && producer.tally.delivered == 0)
        #expect(told.count == 3 && told.allSatisfy { $0.isRefusal && $0.hint != nil })
        #expect(told.first?.message.contains("'log'") == true)
    }

    @Test func aLeaderThatMovesIsFollowed() throws {
        let cluster = try MockCluster(brokers: 3)
        try cluster.create("log", partitions: 1)
        cluster.lead("log", 0, by: 1)
        let producer = try Producer(cluster.configuration())
        let topic = try producer.topic("log")
        for (round, leader) in ([2, 3, 1] as [Int32]).enumerated() {
            let first = UInt8(round * 10)
            try MockCluster.produce(first..<(first + 10), by: producer, to: topic)
            #expect(producer.flush(timeout: .seconds(60)))
            cluster.lead("log", 0, by: leader)
        }
        #expect(producer.tally.delivered == 30 && !producer.hasFailed)
        let consumer = try Consumer(cluster.configuration(), group: nil)
        try consumer.assign([PartitionOffset(TopicPartition("log", 0), 0)])
        #expect(try MockCluster.read(30, from: consumer).numbers == Array(0..<30))
    }

    @Test func slowAnswersAreWaitedFor() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        cluster.slow(1, milliseconds: 700)
        let tally = try cluster.produce(0..<20, to: "log")
        #expect(tally.delivered == 20 && tally.failed == 0)
    }

    @Test func recordsThatNobodyTakesTimeOutAndSayWhy() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        let producer = try Producer(cluster.configuration([("message.timeout.ms", "1500")]))
        let topic = try producer.topic("log")
        try MockCluster.produce(0..<1, by: producer, to: topic)
        #expect(producer.flush(timeout: .seconds(60)) && !producer.hasFailed)
        cluster.down(1)
        try MockCluster.produce(1..<3, by: producer, to: topic)
        #expect(producer.flush(timeout: .seconds(60)))
        #expect(producer.tally.failed == 2 && producer.tally.delivered == 1)
        #expect(producer.tally.firstFailure?.kind == .unreachable)
    }

    @Test func aTransactionRidesThroughACoordinatorThatIsBusy() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        cluster.answer(
            .initProducerId,
            with: [RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS])
        cluster.answer(.endTxn, with: [RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS])
        let producer = try Producer(cluster.configuration(), transactionalId: "job")
        try producer.initTransactions(timeout: .seconds(60))
        try producer.beginTransaction()
        try MockCluster.produce(0..<5, by: producer, to: try producer.topic("log"))
        try producer.commitTransaction(timeout: .seconds(60))
        #expect(producer.tally.delivered == 5)
    }

    @Test func aWriterThatWasShutOutIsTold() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        let producer = try Producer(cluster.configuration(), transactionalId: "job")
        try producer.initTransactions(timeout: .seconds(60))
        try producer.beginTransaction()
        try MockCluster.produce(0..<5, by: producer, to: try producer.topic("log"))
        cluster.answer(.endTxn, with: [RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH])
        let error = #expect(throws: KafkaError.self) { try producer.commitTransaction(timeout: .seconds(60)) }
        #expect(error?.isFatal == true || error?.code == KafkaError.fenced)
    }
}
