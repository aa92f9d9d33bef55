import KappaRecords
import KappaTestSupport
import KappaWire
import Synchronization
import Testing

// Further writers of `CrashTests`: each knows what it was promised, and verifies that at the end.

/// Sends each value once, packed and without an id, to a topic of its own: what was acknowledged is there once.
final class SingleWriter: Sendable {
    private struct State {
        var next = 0
        var acknowledged: [String] = []
    }

    private let state = Mutex(State())
    private let topic: String
    private let acks: Int16

    init(topic: String, acks: Int16) {
        self.topic = topic
        self.acks = acks
    }

    var count: Int { state.withLock { $0.acknowledged.count } }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        for _ in 0..<1000 {
            let value = state.withLock { state in
                state.next += 1
                return "\(state.next)"
            }
            let answer = try client.produceAndWait(topic, Batches.zstd([value]), acks: acks)
            try NoRoom.require(answer.errorCode, topic)
            state.withLock { $0.acknowledged.append(value) }
        }
    }

    func verify(_ client: RawClient) throws {
        let values = try client.everything(in: topic)
        let acknowledged = state.withLock { $0.acknowledged }
        #expect(!acknowledged.isEmpty)
        #expect(Set(values).count == values.count, "\(topic): a record is there twice")
        #expect(values == values.sorted { Int($0)! < Int($1)! }, "\(topic): out of order")
        #expect(Set(acknowledged).subtracting(values).isEmpty, "\(topic): an acknowledged record is lost")
    }
}

/// Writes the states of a few keys to a compacted topic: the last acknowledged state of each outlives everything.
final class StateWriter: Sendable {
    private struct State {
        var next = 0
        var last: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private static let keys = 7

    var count: Int { state.withLock { $0.next } }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        for _ in 0..<1000 {
            let number = state.withLock { state in
                state.next += 1
                return state.next
            }
            let key = "key \(number % StateWriter.keys)"
            var builder = RecordBatchBuilder()
            builder.append(
                timestamp: 1_650_000_000_000, key: Array(key.utf8),
                value: Array("\(number) \(String(repeating: "x", count: 500))".utf8))
            let answer = try client.produceAndWait("states", builder.build())
            try NoRoom.require(answer.errorCode, "states")
            state.withLock { $0.last[key] = number }
        }
    }

    func verify(_ client: RawClient) throws {
        let values = try client.everything(in: "states").compactMap { Int($0.prefix { $0 != " " }) }
        let (last, written) = state.withLock { ($0.last, $0.next) }
        #expect(values == values.sorted(), "states: out of order")
        for (key, number) in last {
            // A later one that was never acknowledged may stand in its place.
            let found = values.last { "key \($0 % StateWriter.keys)" == key }
            #expect((found ?? 0) >= number, "\(key): \(String(describing: found)) where \(number) was acknowledged")
        }
        if CrashTests.kills >= 50, written > 1000 { #expect(values.count < written, "nothing was compacted") }
    }
}

/// Makes a topic, writes to it and deletes it, again and again under one name: never an old record under the new one.
final class ChurnWriter: Sendable {
    private let rounds = Atomic(0)

    var count: Int { rounds.load(ordering: .relaxed) }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        for _ in 0..<1000 {
            // What a kill has left of the last one.
            let deletion = DeleteTopicsRequest { $0.topicNames = ["churn"] }
            let left = try client.ask(deletion, version: 5).responses[0].errorCode
            if left != .unknownTopicOrPartition { try NoRoom.require(left, "churn could not be deleted") }
            let create = CreateTopicsRequest {
                $0.topics = [
                    .init {
                        $0.name = "churn"
                        $0.numPartitions = 2
                        $0.replicationFactor = 1
                    }
                ]
            }
            try require(try client.ask(create, version: 6).topics[0].errorCode, "made")
            for number in 0..<3 {
                let answer = try client.produceAndWait("churn", Batches.plain(["\(number)"]))
                try require(answer.errorCode, "written to")
                guard answer.baseOffset == number else {
                    throw ChildProcess.Trouble("churn: the new topic's record \(number) is at \(answer.baseOffset)")
                }
            }
            try require(try client.ask(deletion, version: 5).responses[0].errorCode, "deleted")
            rounds.add(1, ordering: .relaxed)
        }
    }

    private func require(_ error: ErrorCode, _ what: String) throws {
        try NoRoom.require(error, "churn could not be \(what)")
    }
}

/// Writes to a topic that keeps little, because the writer deletes what is old or because the topic is made so: what is
/// kept has no gaps and reaches the last that was acknowledged.
final class ShortWriter: Sendable {
    private struct State {
        var producerId: Int64?
        var next = 0
    }

    private let state = Mutex(State())
    private let topic: String
    private let forgets: Bool

    init(_ topic: String, forgets: Bool) { (self.topic, self.forgets) = (topic, forgets) }

    var count: Int { state.withLock { $0.next } }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        var state = state.withLock { $0 }
        defer { self.state.withLock { [state] in $0 = state } }
        if state.producerId == nil { state.producerId = try client.producerId() }
        for _ in 0..<1000 {
            let value = "\(state.next) \(String(repeating: "x", count: 900))"
            let batch = Batches.plain([value], producer: (state.producerId!, 0, Int32(state.next)))
            try NoRoom.require(try client.produceAndWait(topic, batch).errorCode, topic)
            state.next += 1
            if forgets, state.next % 50 == 0 { try forget(before: Int64(state.next - 20), client) }
        }
    }

    private func forget(before offset: Int64, _ client: RawClient) throws {
        let deletion = DeleteRecordsRequest {
            $0.topics = [
                .init {
                    $0.name = topic
                    $0.partitions = [.init { $0.offset = offset }]
                }
            ]
        }
        let error = try client.ask(deletion, version: 2).topics[0].partitions[0].errorCode
        try NoRoom.require(error, "\(topic) could not be cut")
    }

    func verify(_ client: RawClient) throws {
        let next = state.withLock { $0.next }
        let values = try client.everything(in: topic).compactMap { Int($0.prefix { $0 != " " }) }
        // With retention by time, nothing may be left but where the next record goes.
        let end = Int(try client.offset(of: topic, at: -1))
        #expect(end == next || end == next + 1, "\(topic): an acknowledged record is lost, or one is there twice")
        #expect(values == Array(end - values.count..<end), "\(topic): a gap")
        if CrashTests.kills >= 50 { #expect(values.count < next, "\(topic): nothing was deleted") }
    }
}

extension RawClient {
    func producerId() throws -> Int64 {
        let answer = try ask(InitProducerIdRequest(), version: 4)
        try NoRoom.require(answer.errorCode, "no producer id")
        return answer.producerId
    }
}
