import Glibc
import KappaBroker
import KappaTestSupport
import KappaWire
import Synchronization
import Testing

/// The broker's process is killed at random moments under load; what it acknowledged must be there, once, in order.
///
/// Five kinds of producers (without id and with acks=1 and all, idempotent, transactional, of a group), compaction,
/// deletion of records, retention by size and by time, and topics that come and go, with `--fsync always` and `os` in
/// turn. A short form runs always; `make kills` runs the long one, of 300 kills, half of them on a disk that fills.
///
/// Mutants that were tried and fail here: producers that recovery does not apply (`PartitionLog.resume` without
/// `producers.apply`: a batch that is sent again is there twice, and an aborted record becomes visible), and a producer
/// whose last sequence is never remembered (`ProducerStates.remember` left out: its next batch is refused). A kill
/// leaves what was written to the system, so a skipped sync and an answer before the sync cannot be seen here: they
/// fail `CrashStateTests` and `BrokerCoreTests`.
@Suite(.serialized) struct CrashTests {
    static let kills = getenv("KAPPA_CRASH_KILLS").flatMap { Int(String(cString: $0)) } ?? 4

    @Test(.timeLimit(.minutes(60)))
    func whatWasAcknowledgedSurvivesKills() async throws {
        try await CrashRun(folder: TemporaryDirectory(), disk: nil).run(kills: CrashTests.kills)
    }

    /// The same on a disk that has no room now and then: while the broker runs, when it is killed, and when it starts.
    @Test(.timeLimit(.minutes(60)))
    func whatWasAcknowledgedSurvivesAFullDisk() async throws {
        let folder = try TemporaryDirectory()
        // Containers may forbid mounting.
        guard let disk = try await SmallDisk.make(in: folder, megabytes: 1000) else { return }
        try await CrashRun(folder: folder, disk: disk).run(kills: CrashTests.kills)
    }
}

/// A thread that works until it is told to stop.
final class WriterThread: Sendable {
    private let isStopping = Atomic(false)
    private let thread = Mutex<pthread_t?>(nil)

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(_ work: @escaping @Sendable (() -> Bool) -> Void) throws {
        let body = Unmanaged.passRetained(Body { [self] in work { isStopping.load(ordering: .relaxed) } })
        var handle = pthread_t()
        let status = pthread_create(
            &handle, nil,
            { argument in
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard status == 0 else { throw ChildProcess.Trouble("no thread: \(status)") }
        let made = handle
        thread.withLock { $0 = made }
    }

    func join() {
        isStopping.store(true, ordering: .relaxed)
        if let handle = thread.withLock({ $0 }) { pthread_join(handle, nil) }
    }
}

/// Writes 0, 1, 2, … as an idempotent producer that sends a batch again until it is acknowledged: all of them must be
/// there once and in order.
final class NumberWriter: Sendable {
    private struct State {
        var producerId: Int64?
        var next = 0
        var offsets: [Int64] = []
    }

    private let state = Mutex(State())
    private let acknowledged = Atomic(false)
    private static let batch = 10

    var hasProgress: Bool { acknowledged.load(ordering: .relaxed) }
    var count: Int { state.withLock { $0.next } }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        var state = state.withLock { $0 }
        defer { self.state.withLock { [state] in $0 = state } }
        if state.producerId == nil { state.producerId = try client.producerId() }
        for _ in 0..<1000 {
            let values = (state.next..<state.next + NumberWriter.batch).map(String.init)
            let bytes = Batches.plain(values, producer: (state.producerId!, 0, Int32(state.next)))
            let answer = try client.produceAndWait("numbers", bytes)
            try NoRoom.require(answer.errorCode, "numbers: \(answer.errorMessage ?? "")")
            state.offsets.append(answer.baseOffset)
            state.next += NumberWriter.batch
            acknowledged.store(true, ordering: .relaxed)
        }
    }

    func verify(_ client: RawClient) throws {
        let state = state.withLock { $0 }
        let values = try client.everything(in: "numbers")
        let acknowledged = (0..<state.next).map(String.init)
        #expect(!acknowledged.isEmpty)
        // What was written and not yet acknowledged when the last kill came may be there too.
        #expect(Array(values.prefix(acknowledged.count)) == acknowledged)
        #expect(values.count - acknowledged.count <= NumberWriter.batch)
        #expect(state.offsets == (0..<state.offsets.count).map { Int64($0 * NumberWriter.batch) })
    }
}

/// Moves numbered amounts between two topics in transactions, every third of which is aborted. A newer one says nowhere
/// beforehand where it will write, and has an epoch for each transaction.
final class TransferWriter: Sendable {
    private struct State {
        var next = 0
        var committed: Set<String> = []
        var aborted: Set<String> = []
    }

    private let state = Mutex(State())
    private let name: String
    private let topics: [String]
    private let isNewer: Bool

    init(_ name: String, from: String, to: String, isNewer: Bool) {
        (self.name, topics, self.isNewer) = (name, [from, to], isNewer)
    }

    var hasProgress: Bool { state.withLock { !$0.committed.isEmpty && !$0.aborted.isEmpty } }
    var count: Int { state.withLock { $0.committed.count + $0.aborted.count } }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        var producer = try begin(client)
        var sequence: Int32 = 0
        for _ in 0..<1000 {
            let number = state.withLock { state in
                state.next += 1
                return state.next
            }
            let ended = try transfer(String(number), commits: number % 3 != 0, client, producer, sequence)
            sequence += 1
            guard isNewer else { continue }
            (producer.producerId, producer.producerEpoch) = (ended.producerId, ended.producerEpoch)
            sequence = 0
        }
    }

    private func begin(_ client: RawClient) throws -> InitProducerIdResponse {
        let request = InitProducerIdRequest {
            $0.transactionalId = name
            $0.transactionTimeoutMs = 60_000
        }
        for _ in 0..<1000 {
            let answer = try client.ask(request, version: 4)
            if answer.errorCode == .noError { return answer }
            if answer.errorCode == .concurrentTransactions { continue }
            try NoRoom.require(answer.errorCode, "\(name) begins")
        }
        throw ChildProcess.Trouble("the earlier transaction is never decided")
    }

    private func transfer(
        _ value: String, commits: Bool, _ client: RawClient, _ producer: InitProducerIdResponse, _ sequence: Int32
    ) throws -> EndTxnResponse {
        if !isNewer { try add(client, producer) }
        for topic in topics {
            let batch = Batches.plain(
                [value], producer: (producer.producerId, producer.producerEpoch, sequence), transactional: true)
            let answer = try client.produceAndWait(topic, batch, transactionalId: name, version: isNewer ? 12 : 9)
            try require(answer.errorCode)
        }
        let ended = try client.ask(
            EndTxnRequest {
                $0.transactionalId = name
                $0.producerId = producer.producerId
                $0.producerEpoch = producer.producerEpoch
                $0.committed = commits
            }, version: isNewer ? 5 : 3)
        try require(ended.errorCode)
        state.withLock { state in
            _ = commits ? state.committed.insert(value) : state.aborted.insert(value)
        }
        return ended
    }

    private func add(_ client: RawClient, _ producer: InitProducerIdResponse) throws {
        let request = AddPartitionsToTxnRequest {
            $0.transactionalId = name
            $0.producerId = producer.producerId
            $0.producerEpoch = producer.producerEpoch
            $0.topics = topics.map { name in
                .init {
                    $0.name = name
                    $0.partitions = [0]
                }
            }
        }
        try require(try client.ask(request, version: 3).resultsByTopic[0].resultsByPartition[0].partitionErrorCode)
    }

    private func require(_ error: ErrorCode) throws {
        try NoRoom.require(error, name)
    }

    func verify(_ client: RawClient) throws {
        // A last start of the producer settles what the last kill left open.
        _ = try begin(client)
        let state = state.withLock { $0 }
        let left = try client.everything(in: topics[0], committedOnly: true)
        let right = try client.everything(in: topics[1], committedOnly: true)
        #expect(!state.committed.isEmpty)
        #expect(left == right, "a transaction is half there")
        #expect(Set(left).count == left.count, "a record is there twice")
        #expect(state.committed.subtracting(left).isEmpty, "a committed record is lost")
        #expect(state.aborted.isDisjoint(with: left), "an aborted record is visible")
    }
}

/// Commits a growing offset for a group.
final class ProgressWriter: Sendable {
    private let acknowledged = Mutex<Int64>(0)

    var count: Int64 { acknowledged.withLock { $0 } }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        for _ in 0..<1000 {
            let next = acknowledged.withLock { $0 } + 1
            let answer = try client.ask(
                OffsetCommitRequest {
                    $0.groupId = "progress"
                    $0.topics = [
                        .init {
                            $0.name = "numbers"
                            $0.partitions = [.init { $0.committedOffset = next }]
                        }
                    ]
                }, version: 8)
            try NoRoom.require(answer.topics[0].partitions[0].errorCode, "progress")
            acknowledged.withLock { $0 = next }
        }
    }

    func verify(_ client: RawClient) throws {
        let request = OffsetFetchRequest {
            $0.groupId = "progress"
            $0.topics = [
                .init {
                    $0.name = "numbers"
                    $0.partitionIndexes = [0]
                }
            ]
        }
        let found = try client.ask(request, version: 7).topics[0].partitions[0].committedOffset
        let sure = acknowledged.withLock { $0 }
        #expect(sure > 0)
        #expect(found == sure || found == sure + 1)
    }
}

extension RawClient {
    /// The values of all records that may be read.
    func everything(in topic: String, committedOnly: Bool = false) throws -> [String] {
        var values: [String] = []
        var offset = try self.offset(of: topic, at: -2)
        while true {
            let part = try fetch(topic, from: offset, maxWait: 100, committedOnly: committedOnly)
            guard part.errorCode == .noError else { throw ChildProcess.Trouble("\(topic): \(part.errorCode)") }
            guard !part.bytes.isEmpty else { return values }
            let (found, next) = try Batches.values(in: part.bytes, leavingOut: committedOnly ? part.aborted : [])
            values += found
            offset = next
        }
    }
}
