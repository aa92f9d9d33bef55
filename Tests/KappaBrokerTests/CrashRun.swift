import Glibc
import KappaTestSupport
import KappaWire
import Synchronization
import Testing

/// One run of `CrashTests`: writers, a broker that is killed under them again and again, and what must be there then.
final class CrashRun {
    private let folder: TemporaryDirectory
    private let disk: SmallDisk?
    private let numbers = NumberWriter()
    private let transfers = TransferWriter("transfers", from: "left", to: "right", isNewer: false)
    private let newer = TransferWriter("newer", from: "west", to: "east", isNewer: true)
    private let progress = ProgressWriter()
    private let singles = [SingleWriter(topic: "ones", acks: 1), SingleWriter(topic: "alls", acks: -1)]
    private let states = StateWriter()
    private let churn = ChurnWriter()
    private let shorts = [
        ShortWriter("short", forgets: true), ShortWriter("sized", forgets: false), ShortWriter("timed", forgets: false),
    ]
    private let refused = Refused()
    /// How often the disk was full, and how many starts were refused for that.
    private var fillings = 0
    private var refusedStarts = 0

    /// What the broker refused: for want of room, and otherwise.
    private final class Refused: Sendable {
        let forRoom = Atomic(0)
        let words = Mutex<[String]>([])

        func add(_ refusal: String) { words.withLock { $0.append(refusal) } }
    }

    init(folder: TemporaryDirectory, disk: SmallDisk?) {
        (self.folder, self.disk) = (folder, disk)
    }

    func run(kills: Int) async throws {
        for round in 0..<kills {
            let broker = try await start(["--fsync", round % 2 == 0 ? "always" : "os"])
            if round == 0 { try CrashRun.createTopics(UInt16(broker.port)) }
            let writers = try begin(UInt16(broker.port))
            if round == 0 { try await waitForProgress() }
            try await disturb(round)
            try await broker.kill()
            writers.forEach { $0.join() }
            // A connection that ends is the kill's work; an answer that refuses a sound request is not.
            let found = refused.words.withLock { $0 }
            #expect(found == [], "round \(round)")
            guard found.isEmpty else { return }
        }
        disk?.empty()
        let broker = try await start([])
        try verify(RawClient(port: UInt16(broker.port)))
        let refusedWrites = refused.forRoom.load(ordering: .relaxed)
        print(
            "\(kills) kills: idempotent \(numbers.count), without id \(singles.map(\.count)), states \(states.count), "
                + "kept shortly \(shorts.map(\.count)), transactions \(transfers.count) and \(newer.count), "
                + "topics made and deleted \(churn.count), offsets \(progress.count); "
                + "disk full \(fillings) times, \(refusedWrites) writes and \(refusedStarts) starts refused")
        try await broker.stop()
        let check = try Kappa.start(
            ["broker", "check", "--data", "\(disk?.path ?? folder.path)/broker"], directory: folder.path,
            through: disk?.prefix ?? [])
        let result = try await check.finish(timeout: .seconds(240))
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    /// A start on a full disk may be refused, in words, and is none the worse for it afterwards.
    private func start(_ options: [String]) async throws -> BrokerProcess {
        let options = options + ["-c", "log.retention.check.interval.ms=300"]
        do {
            return try await BrokerProcess.start(
                options, folder: folder, disk: disk?.path, through: disk?.prefix ?? [])
        } catch let trouble as ChildProcess.Trouble {
            guard let disk, "\(trouble)".contains("No space left") else { throw trouble }
            refusedStarts += 1
            disk.empty()
            return try await BrokerProcess.start(options, folder: folder, disk: disk.path, through: disk.prefix)
        }
    }

    private func begin(_ port: UInt16) throws -> [WriterThread] {
        let bodies =
            [numbers.run, transfers.run, newer.run, progress.run, states.run, churn.run] + shorts.map { $0.run }
            + singles.map { $0.run }
        let (refused, mayBeFull) = (refused, disk != nil)
        return try bodies.map { body in
            try WriterThread { isOver in
                while !isOver(), refused.words.withLock({ $0.isEmpty }) {
                    do { try body(port) } catch is NoRoom {
                        refused.forRoom.add(1, ordering: .relaxed)
                        if !mayBeFull { refused.add("no room on a disk that has some") }
                        usleep(5000)
                    } catch let refusal as ChildProcess.Trouble {
                        refused.add("\(refusal)")
                    } catch {
                        return
                    }
                }
            }
        }
    }

    /// However busy the machine is, there must be something to lose.
    private func waitForProgress() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !haveAllBegun, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
    }

    private var haveAllBegun: Bool {
        numbers.hasProgress && transfers.hasProgress && newer.hasProgress && progress.count > 0 && states.count > 0
            && churn.count > 0
            && shorts.allSatisfy { $0.count > 0 } && singles.allSatisfy { $0.count > 0 }
    }

    /// Lets the writers write for a while; in every second round on a small disk, it fills meanwhile, and in half of
    /// these it is still full when the broker is killed.
    private func disturb(_ round: Int) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
        guard let disk, round % 2 == 1 else { return }
        fillings += 1
        disk.fill()
        try await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
        guard round % 4 == 1 else { return }
        disk.empty()
        try await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
    }

    private func verify(_ client: RawClient) throws {
        try numbers.verify(client)
        try transfers.verify(client)
        try newer.verify(client)
        try progress.verify(client)
        try states.verify(client)
        for short in shorts { try short.verify(client) }
        for single in singles { try single.verify(client) }
    }

    private static func createTopics(_ port: UInt16) throws {
        let client = try RawClient(port: port)
        let small = ["segment.bytes": "20000"]
        let compacted = ["cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.bytes": "20000"]
        let sized = ["retention.bytes": "60000", "segment.bytes": "20000"]
        let timed = ["retention.ms": "500", "segment.bytes": "20000", "message.timestamp.type": "LogAppendTime"]
        let topics = [
            "numbers": [:], "left": [:], "right": [:], "west": [:], "east": [:], "ones": [:], "alls": [:],
            "states": compacted, "short": small,
            "sized": sized, "timed": timed,
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

/// The broker has refused something for want of room on its disk: to be tried again.
struct NoRoom: Error {
    /// Throws where the answer says so, and in words where it is another refusal.
    static func require(_ error: ErrorCode, _ words: @autoclosure () -> String) throws {
        switch error {
        case .noError: return
        case .kafkaStorageError, .coordinatorNotAvailable, .coordinatorLoadInProgress: throw NoRoom()
        default: throw ChildProcess.Trouble("\(words()): \(error)")
        }
    }
}
