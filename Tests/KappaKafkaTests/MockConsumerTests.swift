import CRdKafka
import KappaCore
import KappaKafka
import Testing

/// What a reader meets when brokers err.
@Suite(.timeLimit(.minutes(3))) struct MockConsumerTests {
    private let at = TopicPartition("log", 0)

    @Test func failedFetchesAreRepeated() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        _ = try cluster.produce(0..<30, to: "log")
        cluster.answer(
            .fetch,
            with: [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
            ])
        let consumer = try Consumer(cluster.configuration(), group: nil)
        try consumer.assign([PartitionOffset(at, 0)])
        #expect(try MockCluster.read(30, from: consumer).numbers == Array(0..<30))
    }

    @Test func aLeaderThatMovesIsFollowedWhileRecordsAreRead() throws {
        let cluster = try MockCluster(brokers: 3)
        try cluster.create("log", partitions: 1)
        cluster.lead("log", 0, by: 1)
        let consumer = try Consumer(
            cluster.configuration([("topic.metadata.refresh.interval.ms", "500")]), group: nil)
        try consumer.assign([PartitionOffset(at, 0)])
        var seen: [UInt8] = []
        for (round, leader) in ([2, 3, 1] as [Int32]).enumerated() {
            let first = UInt8(round * 20)
            _ = try cluster.produce(first..<(first + 20), to: "log")
            seen += try MockCluster.read(20, from: consumer).numbers
            cluster.lead("log", 0, by: leader)
        }
        #expect(seen == Array(0..<60))
    }

    @Test func aMissingRightIsToldAndNotRiddenThrough() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        cluster.answer(.fetch, with: Array(repeating: RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, count: 50))
        let consumer = try Consumer(cluster.configuration(), group: nil)
        try consumer.assign([PartitionOffset(at, 0)])
        var told: KafkaError?
        let deadline = ContinuousClock.now + .seconds(60)
        while told == nil, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(100)) { if case .trouble(let error) = $0 { told = error } }
        }
        #expect(told?.isRefusal == true && told?.passes == false)
        #expect(told?.message.contains("log[0]") == true)
    }

    @Test func offsetsAreAskedForUntilTheLeaderKnows() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 2)
        _ = try cluster.produce(0..<7, to: "log")
        cluster.answer(
            .listOffsets,
            with: [RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE])
        let client = try KafkaClient(cluster.configuration())
        let found = try client.watermarks(of: [at, TopicPartition("log", 1)])
        #expect(found[at] == Watermarks(low: 0, high: 7))
        #expect(found[TopicPartition("log", 1)] == Watermarks(low: 0, high: 0))
    }

    @Test func aStopEndsAQuestionThatIsRepeated() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        cluster.answer(.listOffsets, with: Array(repeating: RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, count: 1000))
        var configuration = cluster.configuration(timeout: .seconds(60))
        configuration.patience = .seconds(600)
        let stop = StopSignal()
        configuration.stop = stop
        let client = try KafkaClient(configuration)
        let thread = WorkerThread("stop") {
            _ = StopSignal.never.wait(.milliseconds(300))
            stop.request(signal: 15)
        }
        let error = #expect(throws: KafkaError.self) { try client.watermarks(of: [at]) }
        #expect(error?.kind == .interrupted(signal: 15))
        thread.join()
    }

    @Test func aQuestionThatNobodyAnswersInTimeIsToldAsOne() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        let client = try KafkaClient(cluster.configuration(timeout: .seconds(1)))
        _ = try client.metadata()
        cluster.slow(1, milliseconds: 60_000)
        let error = #expect(throws: KafkaError.self) { try client.metadata() }
        #expect(error?.kind == .unreachable && error?.passes == true)
        #expect(error?.message.contains(cluster.brokers) == true)
        cluster.slow(1, milliseconds: 0)
    }

    @Test func aMemberStaysAMemberWhenItsCoordinatorMoves() throws {
        let cluster = try MockCluster(brokers: 2)
        try cluster.create("log", partitions: 1)
        cluster.lead("log", 0, by: 1)
        cluster.coordinate(group: "readers", by: 1)
        _ = try cluster.produce(0..<10, to: "log")
        let consumer = try Consumer(
            cluster.configuration([("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "200")]),
            group: "readers")
        consumer.onAssign = { given in given.map { PartitionOffset($0, 0) } }
        try consumer.subscribe(to: ["log"])
        #expect(try MockCluster.read(10, from: consumer).numbers == Array(0..<10))
        cluster.coordinate(group: "readers", by: 2)
        cluster.answer(.heartbeat, with: [RD_KAFKA_RESP_ERR_NOT_COORDINATOR])
        // The place is kept where the new coordinator is.
        let deadline = ContinuousClock.now + .seconds(60)
        var isKept = false
        while !isKept, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(100)) { _ in }
            isKept = (try? consumer.commit([PartitionOffset(at, 10)])) != nil
        }
        #expect(isKept)
        #expect(try consumer.committed([at]).first?.offset == 10)
    }

    @Test func aPollHearsWhatComesWhileItWaits() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        let consumer = try Consumer(cluster.configuration(), group: nil)
        try consumer.assign([PartitionOffset(at, 0)])
        let thread = WorkerThread("late") {
            _ = StopSignal.never.wait(.milliseconds(500))
            _ = try? cluster.produce(1..<2, to: "log")
        }
        var seen: [UInt8] = []
        let began = ContinuousClock.now
        while seen.isEmpty, began.duration(to: .now) < .seconds(60) {
            // Woken by the record: the wait alone would take longer than all of this may.
            try consumer.poll(timeout: .seconds(50)) { if case .record(let message) = $0 { seen += message.value! } }
        }
        #expect(seen == [1] && began.duration(to: .now) < .seconds(45))
        thread.join()
    }

    @Test func aStopEndsAPoll() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        var configuration = cluster.configuration()
        let stop = StopSignal()
        configuration.stop = stop
        let consumer = try Consumer(configuration, group: nil)
        let thread = WorkerThread("stop") {
            _ = StopSignal.never.wait(.milliseconds(200))
            stop.request()
        }
        let began = ContinuousClock.now
        try consumer.poll(timeout: .seconds(60)) { _ in }
        #expect(began.duration(to: .now) < .seconds(50))
        thread.join()
    }

    @Test func aPartitionWithoutALeaderIsWaitedForAlsoOverConnectionsOfOurOwn() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        _ = try cluster.produce(0..<10, to: "log")
        cluster.lead("log", 0, by: -1)
        let configuration = cluster.configuration([("topic.metadata.refresh.interval.ms", "300")])
        let consumer = try Consumer(configuration, group: nil, isDirect: true)
        try consumer.assign([PartitionOffset(TopicPartition("log", 0), 0)])
        var troubles: [KafkaError] = []
        let deadline = ContinuousClock.now + .seconds(60)
        while troubles.isEmpty, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(100)) { event in
                if case .trouble(let error) = event { troubles.append(error) }
            }
        }
        #expect(!troubles.isEmpty && troubles.allSatisfy { $0.kind == .unreachable }, "\(troubles)")
        cluster.lead("log", 0, by: 1)
        #expect(try MockCluster.read(10, from: consumer).numbers == Array(0..<10))
    }
}
