import Glibc
import KappaBroker
import KappaCore
import KappaLog
import KappaRecords
import KappaTestSupport
import KappaWire
import Testing

/// Random damage to a data folder, of every kind of file in it: whatever changes a byte is named by `broker check`.
///
/// `KAPPA_DAMAGES=5000` tries so many; the seed is told where one fails.
@Suite(.serialized) struct DamagedFolderTests {
    static let damages = getenv("KAPPA_DAMAGES").flatMap { Int(String(cString: $0)) } ?? 110

    @Test(.timeLimit(.minutes(10))) func everyDamageThatChangesAnythingIsNamed() throws {
        let scene = try DamageScene()
        #expect(try scene.check(scene.original) == [], "an undamaged folder is sound")
        let files = try scene.files()
        #expect(Set(files.map { DamageScene.kind($0) }).count >= 11, "\(files)")
        for number in 0..<DamagedFolderTests.damages {
            var random = Random(seed: UInt64(number))
            let name = files[Int(random.next() % UInt64(files.count))]
            let damage = Damage.random(&random)
            let copy = "\(scene.folder.path)/copy"
            try scene.copy(to: copy)
            guard try damage.apply(to: "\(copy)/\(name)", &random) else { continue }
            let words = try scene.check(copy)
            #expect(
                words.contains { $0.contains(name) || $0.contains(copy + "/" + DamageScene.owner(of: name)) },
                "seed \(number): \(damage) of \(name): \(words)")
        }
    }
}

/// SplitMix64: the same damage for the same seed.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

private enum Damage: CaseIterable {
    case flip, zero, cut, append, delete, swap

    static func random(_ random: inout Random) -> Damage { allCases[Int(random.next() % UInt64(allCases.count))] }

    /// False where nothing changed: there was nothing to change.
    func apply(to path: String, _ random: inout Random) throws -> Bool {
        let before = try read(path)
        var bytes = before
        func place() -> Int { bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count)) }
        switch self {
        case .flip where !bytes.isEmpty: bytes[place()] ^= UInt8(1) << UInt8(random.next() % 8)
        case .zero where !bytes.isEmpty:
            let start = place()
            for index in start..<min(bytes.count, start + 1 + Int(random.next() % 600)) { bytes[index] = 0 }
        case .cut: bytes.removeLast(bytes.count - place())
        case .append: for _ in 0...(random.next() % 40) { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
        case .swap where bytes.count > 1:
            let (one, other) = (place(), place())
            bytes.swapAt(one, other)
        case .delete:
            unlink(path)
            // An index or a segment without a byte says nothing.
            return !before.isEmpty
        default: return false
        }
        guard bytes != before else { return false }
        let descriptor = open(path, O_WRONLY | O_TRUNC)
        defer { close(descriptor) }
        guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else {
            throw ChildProcess.Trouble("cannot write \(path)")
        }
        return true
    }

    private func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw ChildProcess.Trouble("cannot read \(path)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}

/// A folder with all that a broker keeps.
private struct DamageScene {
    let folder: TemporaryDirectory
    let original: String

    init() throws {
        let scene = try AccessScene { $0.cleanupMilliseconds = 3_600_000 }
        folder = scene.served.folder
        original = scene.served.broker.configuration.dataDirectory
        let root = scene.root
        let create = CreateTopicsRequest { request in
            request.topics = [("readings", 2), ("states", 1)].map { name, partitions in
                .init {
                    $0.name = name
                    $0.numPartitions = Int32(partitions)
                    $0.replicationFactor = 1
                    $0.configs = [("segment.bytes", "1048576"), ("index.interval.bytes", "100")].map { name, value in
                        .init {
                            $0.name = name
                            $0.value = value
                        }
                    }
                }
            }
        }
        guard try root.ask(create, version: 6).topics.allSatisfy({ $0.errorCode == .noError }) else {
            throw ChildProcess.Trouble("the topics could not be made")
        }
        let producer = try root.ask(InitProducerIdRequest(), version: 4)
        let text = String(repeating: "reading ", count: 4000)
        for number in 0..<100 {
            _ = try root.produceAndWait(
                "readings", Batches.plain([text, "\(number)"], producer: (producer.producerId, 0, Int32(number * 2))))
            _ = try root.produceAndWait("states", Batches.plain(["\(number)"]))
        }
        try DamageScene.transact(root)
        _ = try RequiredRights.groups[0].ask(root)
        for (topic, offset) in [("readings", Int64(70)), ("states", 3)] {
            let deletion = DeleteRecordsRequest {
                $0.topics = [
                    .init {
                        $0.name = topic
                        $0.partitions = [.init { $0.offset = offset }]
                    }
                ]
            }
            guard try root.ask(deletion, version: 2).topics[0].partitions[0].errorCode == .noError else {
                throw ChildProcess.Trouble("records could not be deleted")
            }
        }
        try scene.setRules(["READ TOPIC readings", "WRITE TOPIC states"].map { AccessScene.rule($0) })
        try DamageScene.addUser(root)
        try DamageScene.changeSettings(root)
        try scene.served.broker.stop()
    }

    private static func transact(_ client: RawClient) throws {
        let given = try client.ask(
            InitProducerIdRequest {
                $0.transactionalId = "x"
                $0.transactionTimeoutMs = 60_000
            }, version: 4)
        let add = AddPartitionsToTxnRequest {
            $0.transactionalId = "x"
            $0.producerId = given.producerId
            $0.producerEpoch = given.producerEpoch
            $0.topics = [
                .init {
                    $0.name = "states"
                    $0.partitions = [0]
                }
            ]
        }
        _ = try client.ask(add, version: 3)
        let batch = Batches.plain(["in it"], producer: (given.producerId, given.producerEpoch, 0), transactional: true)
        guard try client.produceAndWait("states", batch, transactionalId: "x").errorCode == .noError else {
            throw ChildProcess.Trouble("the transaction could not be written")
        }
        let end = EndTxnRequest {
            $0.transactionalId = "x"
            $0.producerId = given.producerId
            $0.producerEpoch = given.producerEpoch
        }
        _ = try client.ask(end, version: 3)
    }

    private static func addUser(_ client: RawClient) throws {
        let upsert = AlterUserScramCredentialsRequest {
            $0.upsertions = [
                .init {
                    $0.name = "logger"
                    $0.mechanism = 1
                    $0.iterations = 4096
                    $0.salt = [1, 2, 3]
                    $0.saltedPassword = [UInt8](repeating: 7, count: 32)
                }
            ]
        }
        guard try client.ask(upsert, version: 0).results[0].errorCode == .noError else {
            throw ChildProcess.Trouble("the user could not be added")
        }
    }

    private static func changeSettings(_ client: RawClient) throws {
        let change = IncrementalAlterConfigsRequest {
            $0.resources = [
                .init {
                    $0.resourceType = 4
                    $0.resourceName = "1"
                    $0.configs = [
                        .init {
                            $0.name = "log.retention.ms"
                            $0.value = "123456789"
                        }
                    ]
                }
            ]
        }
        guard try client.ask(change, version: 1).responses[0].errorCode == .noError else {
            throw ChildProcess.Trouble("the setting could not be changed")
        }
    }

    /// What `broker check` says, line by line.
    func check(_ path: String) throws -> [String] {
        let folder = BrokerFolder(path)
        var words = folder.checkSmallFiles()
        do { words += try folder.missingPartitions().map { "\(path)/\($0) is missing" } } catch {
            words.append("\(error)")
        }
        var greatest: Int64 = -1
        for name in try folder.partitions() {
            do {
                let report = try folder.check(name)
                greatest = max(greatest, report.greatestProducerId)
                words += report.findings.map { "\($0.path): \($0.words)" }
            } catch {
                words.append(error.description)
            }
        }
        if let ids = folder.checkProducerIds(greatest: greatest) { words.append(ids) }
        return words
    }

    /// All files, by their paths in the folder; what only matters while a broker runs is left out.
    func files() throws -> [String] {
        let found = try Subprogram.output(of: "/usr/bin/find", [original, "-type", "f"])
        return found.split(separator: "\n").map { String($0.dropFirst(original.utf8.count + 1)) }
            .filter { $0 != "lock" }.sorted()
    }

    func copy(to path: String) throws {
        _ = try Subprogram.output(of: "/bin/rm", ["-rf", path])
        _ = try Subprogram.output(of: "/bin/cp", ["-r", original, path])
    }

    static func kind(_ file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return name.split(separator: ".").last.map(String.init) ?? name
    }

    /// What is named where it is not the file itself: a missing segment's folder, an index's segment.
    static func owner(of file: String) -> String {
        let isSegment = file.hasSuffix(".log")
        return isSegment ? String(file.prefix { $0 != "/" }) : file
    }
}
