import CRdKafka
import KappaCore
import KappaKafka
import Testing

/// Bounded and endless reading, and the one rule for trouble.
@Suite(.timeLimit(.minutes(3))) struct TopicTailTests {
    private func at(_ partition: Int32) -> TopicPartition { TopicPartition("log", partition) }

    @Test func itEndsAtItsEndsAndGivesNothingBehindThem() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 3)
        _ = try cluster.produce(0..<20, to: "log", partition: 0)
        _ = try cluster.produce(100..<110, to: "log", partition: 1)
        let tail = try TopicTail(cluster.configuration())
        try tail.begin([
            TopicTail.Span(at(0), from: 5, end: 12), TopicTail.Span(at(1), from: 0, end: 10),
            TopicTail.Span(at(2), from: 0, end: 0),
        ])
        var seen: [Int32: [UInt8]] = [:]
        try tail.readToEnds { message, at in seen[at.partition, default: []] += message.value! }
        #expect(seen == [0: Array(5..<12), 1: Array(100..<110)] && tail.isDone)
        // It may be told to read something else.
        try tail.begin([TopicTail.Span(at(0), from: 18, end: 20)])
        #expect(!tail.isDone)
        seen = [:]
        try tail.readToEnds { message, at in seen[at.partition, default: []] += message.value! }
        #expect(seen == [0: [18, 19]])
    }

    @Test func whatIsNotWantedAnyMoreIsLeft() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        _ = try cluster.produce(0..<20, to: "log")
        let tail = try TopicTail(cluster.configuration())
        try tail.begin([TopicTail.Span(at(0), from: 0, end: 20)])
        var seen: [UInt8] = []
        try tail.readToEnds { message, at in
            seen += message.value!
            if seen.count == 3 { tail.leave(at) }
        }
        #expect(seen == [0, 1, 2] && tail.isDone)
    }

    @Test func withoutAnEndItGoesOnAndTellsOfTheEndsThatThereAre() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        _ = try cluster.produce(0..<3, to: "log")
        let tail = try TopicTail(cluster.configuration(), patience: .milliseconds(1))
        try tail.begin([TopicTail.Span(at(0), from: 0)])
        #expect(tail.isDone, "there is no end to be reached")
        var (seen, ends): ([UInt8], [Int64]) = ([], [])
        let deadline = ContinuousClock.now + .seconds(60)
        func listen(for count: Int) throws {
            while seen.count < count || ends.last != Int64(count), ContinuousClock.now < deadline {
                try tail.read { event in
                    switch event {
                    case .record(let message, _): seen += message.value!
                    case .end(_, let offset): ends.append(offset)
                    }
                }
            }
        }
        try listen(for: 3)
        _ = try cluster.produce(3..<5, to: "log")
        try listen(for: 5)
        #expect(seen == [0, 1, 2, 3, 4] && ends.last == 5)
    }

    @Test func whatPassesIsRiddenThroughAndARefusalIsThrown() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        _ = try cluster.produce(0..<10, to: "log")
        cluster.answer(
            .fetch, with: [RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE])
        let tail = try TopicTail(cluster.configuration())
        try tail.begin([TopicTail.Span(at(0), from: 0, end: 10)])
        var seen: [UInt8] = []
        try tail.readToEnds { message, _ in seen += message.value! }
        #expect(seen == Array(0..<10))
        cluster.answer(.fetch, with: Array(repeating: RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, count: 50))
        try tail.begin([TopicTail.Span(at(0), from: 0, end: 11)])
        let error = #expect(throws: KafkaError.self) { try tail.readToEnds { _, _ in } }
        #expect(error?.isRefusal == true)
    }

    @Test func whereNothingComesItIsGivenUpByName() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        _ = try cluster.produce(0..<2, to: "log")
        let tail = try TopicTail(cluster.configuration(), patience: .milliseconds(500))
        // Nobody will ever write the third.
        try tail.begin([TopicTail.Span(at(0), from: 0, end: 3)])
        let error = #expect(throws: KafkaError.self) { try tail.readToEnds { _, _ in } }
        #expect(error?.kind == .timedOut && error?.message == "nothing came for 500ms of log[0]")
    }

    @Test func aStopEndsABoundedRead() throws {
        let cluster = try MockCluster()
        try cluster.create("log", partitions: 1)
        var configuration = cluster.configuration()
        let stop = StopSignal()
        configuration.stop = stop
        let tail = try TopicTail(configuration)
        try tail.begin([TopicTail.Span(at(0), from: 0, end: 3)])
        let thread = WorkerThread("stop") {
            _ = StopSignal.never.wait(.milliseconds(200))
            stop.request(signal: 2)
        }
        let error = #expect(throws: KafkaError.self) { try tail.readToEnds { _, _ in } }
        #expect(error?.kind == .interrupted(signal: 2))
        thread.join()
    }
}
