import Glibc
import KappaBroker
import KappaTestSupport
import KappaWire
import Synchronization
import Testing

/// The broker's process is killed at random moments under load; what it acknowledged must be there, once, in order.
///
/// Five kinds of producers (without id and with acks=1 and all, idempotent, transactional, of a group), compaction,
/// deletion of records and topics that come and go, with `--fsync always` and `os` in turn. A short form runs always;
/// `make kills` runs the long one, of 300 kills.
///
/// Mutants that were tried and fail here: producers that recovery does not apply (`PartitionLog.resume` without
/// `producers.apply`: a batch that is sent again is there twice, and an aborted record becomes visible), and a producer
/// whose last sequence is never remembered (`ProducerStates.remember` left out: its next batch is refused). A kill
/// leaves what was written to the system, so a skipped sync and an answer before the sync cannot be seen here: they
/// fail `CrashStateTests` and `BrokerCoreTests`.
@Suite(.serialized) struct CrashTests {
    static let kills = getenv("KAPPA_CRASH_KILLS").flatMap { Int(String(cString: $0)) } ?? 5

    @Test(.timeLimit(.minutes(60)))
    func whatWasAcknowledgedSurvivesKills() async throws {
        let folder = try TemporaryDirectory()
        let numbers = NumberWriter()
        let transfers = TransferWriter()
        let progress = ProgressWriter()
        let singles = [SingleWriter(topic: "ones", acks: 1), SingleWriter(topic: "alls", acks: -1)]
        let (states, churn, short) = (StateWriter(), ChurnWriter(), ShortWriter())
        let bodies =
            [numbers.run, transfers.run, progress.run, states.run, churn.run, short.run] + singles.map { $0.run }
        func haveAllBegun() -> Bool {
            numbers.hasProgress && transfers.hasProgress && progress.hasProgress && states.count > 0
                && churn.count > 0 && short.count > 0 && singles.allSatisfy { $0.count > 0 }
        }
        let refusals = Mutex<[String]>([])
        for round in 0..<CrashTests.kills {
            let policy = round % 2 == 0 ? "always" : "os"
            let broker = try await BrokerProcess.start(["--fsync", policy], folder: folder)
            let port = UInt16(broker.port)
            if round == 0 { try createTopics(port) }
            let writers = try bodies.map { body in
                try WriterThread { isOver in
                    while !isOver(), refusals.withLock({ $0.isEmpty }) {
                        do { try body(port) } catch let refusal as ChildProcess.Trouble {
                            refusals.withLock { $0.append("\(refusal)") }
                        } catch {
                            return
                        }
                    }
                }
            }
            if round == 0 { try await waitForProgress(haveAllBegun) }
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
            try await broker.kill()
            writers.forEach { $0.join() }
            // A connection that ends is the kill's work; an answer that refuses a sound request is not.
            let found = refusals.withLock { $0 }
            #expect(found == [], "round \(round)")
            guard found.isEmpty else { return }
        }
        let broker = try await BrokerProcess.start(folder: folder)
        let client = try RawClient(port: UInt16(broker.port))
        try numbers.verify(client)
        try transfers.verify(client)
        try progress.verify(client)
        try states.verify(client)
        try short.verify(client)
        for single in singles { try single.verify(client) }
        print(
            "\(CrashTests.kills) kills: idempotent \(numbers.count), without id \(singles.map(\.count)), "
                + "states \(states.count), kept shortly \(short.count), transactions \(transfers.count), "
                + "topics made and deleted \(churn.count)")
        try await broker.stop()
        let check = try await Kappa.run("broker", "check", "--data", "\(folder.path)/broker")
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    /// However busy the machine is, there must be something to lose.
    private func waitForProgress(_ haveAllBegun: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !haveAllBegun(), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func createTopics(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        let small = ["segment.bytes": "20000"]
        let compacted = ["cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.bytes": "20000"]
        let topics = [
            "numbers": [:], "left": [:], "right": [:], "ones": [:], "alls": [:], "states": compacted, "short": small,
        ]
        let create = CreateTopicsRequest { request in
            request.topics = topics.map { name, settings in
                .init {
                    $0.name = name
                    $0.numPartitions = 1
                    $0.replicationFactor = 1
                    $0.configs = settings.map { setting in
                        .init {
                            $0.name = setting.key
                            $0.value = setting.value
                        }
                    }
                }
            }
        }
        for topic in try client.ask(create, version: 6).topics where topic.errorCode != .noError {
            throw ChildProcess.Trouble("\(topic.name): \(topic.errorCode)")
        }
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
        if state.producerId == nil { state.producerId = try client.ask(InitProducerIdRequest(), version: 4).producerId }
        for _ in 0..<1000 {
            let values = (state.next..<state.next + NumberWriter.batch).map(String.init)
            let bytes = Batches.plain(values, producer: (state.producerId!, 0, Int32(state.next)))
            let answer = try client.produceAndWait("numbers", bytes)
            guard answer.errorCode == .noError else {
                throw ChildProcess.Trouble("numbers: \(answer.errorCode) \(answer.errorMessage ?? "")")
            }
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

/// Moves numbered amounts between two topics in transactions, every third of which is aborted.
final class TransferWriter: Sendable {
    private struct State {
        var next = 0
        var committed: Set<String> = []
        var aborted: Set<String> = []
    }

    private let state = Mutex(State())

    var hasProgress: Bool { state.withLock { !$0.committed.isEmpty && !$0.aborted.isEmpty } }
    var count: Int { state.withLock { $0.committed.count + $0.aborted.count } }

    @Sendable func run(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        let producer = try begin(client)
        var sequence: Int32 = 0
        for _ in 0..<1000 {
            let number = state.withLock { state in
                state.next += 1
                return state.next
            }
            try transfer(String(number), commits: number % 3 != 0, client, producer, sequence)
            sequence += 1
        }
    }

    private func begin(_ client: RawClient) throws -> InitProducerIdResponse {
        let request = InitProducerIdRequest {
            $0.transactionalId = "transfers"
            $0.transactionTimeoutMs = 60_000
        }
        for _ in 0..<1000 {
            let answer = try client.ask(request, version: 4)
            if answer.errorCode == .noError { return answer }
            guard answer.errorCode == .concurrentTransactions else { throw ChildProcess.Trouble("\(answer.errorCode)") }
        }
        throw ChildProcess.Trouble("the earlier transaction is never decided")
    }

    private func transfer(
        _ value: String, commits: Bool, _ client: RawClient, _ producer: InitProducerIdResponse, _ sequence: Int32
    ) throws {
        let added = try client.ask(
            AddPartitionsToTxnRequest {
                $0.transactionalId = "transfers"
                $0.producerId = producer.producerId
                $0.producerEpoch = producer.producerEpoch
                $0.topics = ["left", "right"].map { name in
                    .init {
                        $0.name = name
                        $0.partitions = [0]
                    }
                }
            }, version: 3)
        try require(added.resultsByTopic[0].resultsByPartition[0].partitionErrorCode)
        for topic in ["left", "right"] {
            let batch = Batches.plain(
                [value], producer: (producer.producerId, producer.producerEpoch, sequence), transactional: true)
            try require(try client.produceAndWait(topic, batch, transactionalId: "transfers").errorCode)
        }
        let ended = try client.ask(
            EndTxnRequest {
                $0.transactionalId = "transfers"
                $0.producerId = producer.producerId
                $0.producerEpoch = producer.producerEpoch
                $0.committed = commits
            }, version: 3)
        try require(ended.errorCode)
        state.withLock { state in
            _ = commits ? state.committed.insert(value) : state.aborted.insert(value)
        }
    }

    private func require(_ error: ErrorCode) throws {
        guard error == .noError else { throw ChildProcess.Trouble("transfers: \(error)") }
    }

    func verify(_ client: RawClient) throws {
        // A last start of the producer settles what the last kill left open.
        _ = try begin(client)
        let state = state.withLock { $0 }
        let left = try client.everything(in: "left", committedOnly: true)
        let right = try client.everything(in: "right", committedOnly: true)
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

    var hasProgress: Bool { acknowledged.withLock { $0 > 0 } }

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
            guard answer.topics[0].partitions[0].errorCode == .noError else {
                throw ChildProcess.Trouble("\(answer.topics[0].partitions[0].errorCode)")
            }
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
