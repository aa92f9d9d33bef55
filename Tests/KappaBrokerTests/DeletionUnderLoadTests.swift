import Glibc
import KappaBroker
import KappaTestSupport
import KappaWire
import Synchronization
import Testing

/// Topics are deleted and made again while others write to them, and the broker is killed in between: never a refusal,
/// never an old record or offset under the new name.
///
/// A short form runs always; `KAPPA_DELETIONS=200` runs the long one (`make deletions`).
@Suite(.serialized) struct DeletionUnderLoadTests {
    static let rounds = getenv("KAPPA_DELETIONS").flatMap { Int(String(cString: $0)) } ?? 24

    /// Writes the name of the round that it is told of, and tells when all that it sent of earlier ones has been dealt
    /// with, be it refused.
    private final class Writer: Sendable {
        let round = Atomic(0)
        let done = Atomic(-1)
        let port = Atomic(0)
        let written = Atomic(0)
        private let acks: Int16

        init(acks: Int16) { self.acks = acks }

        func run(_ isOver: () -> Bool) {
            while !isOver() {
                let client = try? RawClient(port: UInt16(port.load(ordering: .sequentiallyConsistent)))
                repeat {
                    let now = round.load(ordering: .sequentiallyConsistent)
                    let isWell = client.map { write("round \(now)", $0) } ?? false
                    done.store(now, ordering: .sequentiallyConsistent)
                    guard isWell else { break }
                } while !isOver()
            }
        }

        /// False where the connection has ended.
        private func write(_ value: String, _ client: RawClient) -> Bool {
            guard (try? client.produce("t", Batches.plain([value]), acks: acks)) != nil else { return false }
            if acks == 0 {
                // What is answered next tells that this has been dealt with; a refusal ends the connection.
                guard (try? client.ask(ApiVersionsRequest(), version: 3)) != nil else { return false }
            } else {
                guard client.outcome(within: 20_000) == .answered else { return false }
            }
            written.add(1, ordering: .relaxed)
            return true
        }
    }

    @Test(.timeLimit(.minutes(60)))
    func nothingOfADeletedTopicIsFoundUnderItsName() async throws {
        let folder = try TemporaryDirectory()
        var broker = try await BrokerProcess.start(folder: folder)
        let writers = [Int16(0), 1, -1].map(Writer.init)
        for writer in writers { writer.port.store(broker.port, ordering: .sequentiallyConsistent) }
        var client = try RawClient(port: UInt16(broker.port))
        #expect(try create(client) == .noError)
        let threads = try writers.map { writer in try WriterThread { writer.run($0) } }
        defer { for thread in threads { thread.join() } }
        for round in 1...DeletionUnderLoadTests.rounds {
            try waitForWriters(writers)
            #expect(try commit(client) == .noError)
            #expect(try delete(client) == .noError, "round \(round)")
            // Only now may the writers write of the next round: all that is found later must be of it.
            for writer in writers { writer.round.store(round, ordering: .sequentiallyConsistent) }
            try wait("a writer stands still") {
                writers.allSatisfy { $0.done.load(ordering: .sequentiallyConsistent) >= round }
            }
            if round % 4 == 0 {
                try await broker.kill()
                broker = try await BrokerProcess.start(folder: folder)
                for writer in writers { writer.port.store(broker.port, ordering: .sequentiallyConsistent) }
                client = try RawClient(port: UInt16(broker.port))
            }
            #expect(try committed(client) == -1, "round \(round)")
            #expect(try create(client) == .noError, "round \(round)")
            #expect(try committed(client) == -1, "round \(round)")
            let found = try values(client)
            #expect(found.allSatisfy { $0 == "round \(round)" }, "round \(round): \(Set(found))")
        }
        try await broker.kill()
        let check = try await Kappa.run("broker", "check", "--data", "\(folder.path)/broker")
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    private func waitForWriters(_ writers: [Writer]) throws {
        let before = writers.map { $0.written.load(ordering: .relaxed) }
        try wait("a writer stands still") {
            zip(writers, before).allSatisfy { $0.written.load(ordering: .relaxed) > $1 }
        }
    }

    private func wait(_ words: String, until isSo: () -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !isSo() {
            guard ContinuousClock.now < deadline else { throw ChildProcess.Trouble(words) }
            usleep(1000)
        }
    }

    private func create(_ client: RawClient) throws -> ErrorCode {
        let request = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.numPartitions = 1
                    $0.replicationFactor = 1
                }
            ]
        }
        return try client.ask(request, version: 6).topics[0].errorCode
    }

    private func delete(_ client: RawClient) throws -> ErrorCode {
        try client.ask(DeleteTopicsRequest { $0.topicNames = ["t"] }, version: 5).responses[0].errorCode
    }

    private func commit(_ client: RawClient) throws -> ErrorCode {
        let request = OffsetCommitRequest {
            $0.groupId = "g"
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = [.init { $0.committedOffset = 100 }]
                }
            ]
        }
        return try client.ask(request, version: 8).topics[0].partitions[0].errorCode
    }

    private func committed(_ client: RawClient) throws -> Int64 {
        let request = OffsetFetchRequest {
            $0.groupId = "g"
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitionIndexes = [0]
                }
            ]
        }
        return try client.ask(request, version: 7).topics[0].partitions[0].committedOffset
    }

    private func values(_ client: RawClient) throws -> [String] {
        let answer = try client.fetch("t", from: 0, maxWait: 100)
        return try Batches.values(in: answer.bytes, leavingOut: []).values
    }
}
