import Glibc
import KappaRecords
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaLog

/// Every request in every version, with every value that a field of its form can carry: each is answered or ends its
/// own connection, and the broker goes on; after a kill it starts again, and `broker check` finds nothing wrong.
///
/// The requests are made from the declarations of the messages, so a new one is tried from the day it is declared. A
/// short form runs always: the oldest and the newest version, without the longest lists. `KAPPA_EVERY_FIELD=1` runs the
/// long one (`make every-field`).
///
/// Mutants that were tried and fail here: texts of any length let in by `WireCoder.text`, and a sum in
/// `CompactionFilter` that may overflow stays unseen, since nothing is compacted in this time (`CompactionTests`).
@Suite(.serialized) struct EveryFieldTests {
    static let isLong = getenv("KAPPA_EVERY_FIELD") != nil

    @Test(.timeLimit(.minutes(180)))
    func noValueOfAFieldEndsTheBroker() async throws {
        var scene = try await FieldScene.start()
        for (number, key) in ApiKey.allCases.enumerated() {
            let versions = key.versions
            let tried =
                EveryFieldTests.isLong ? Array(versions) : Set([versions.lowerBound, versions.upperBound]).sorted()
            for version in tried {
                for request in FieldRequests.all(of: key.request, version: version, isLong: EveryFieldTests.isLong) {
                    guard try scene.send(request) else {
                        Issue.record("the broker ended at or after: \(request.words)")
                        return
                    }
                }
            }
            if EveryFieldTests.isLong || number % 8 == 7 { scene = try await scene.killAndCheck() }
        }
        scene = try await scene.killAndCheck()
        #expect(scene.sent > 1000)
    }

    /// The numbers in the header of a batch, each at its ends, with the right checksum over it.
    @Test(.timeLimit(.minutes(5)))
    func noNumberInABatchEndsTheBroker() async throws {
        let scene = try await FieldScene.start()
        let fields: [(at: Int, bits: Int)] = [
            (0, 64), (8, 32), (12, 32), (21, 16), (23, 32), (27, 64), (35, 64), (43, 64), (51, 16), (53, 32), (57, 32),
        ]
        for (at, bits) in fields {
            // Attributes of 1 say that the records are gzip, which they are not: a matter of what is in them.
            for number in FieldRequests.numbers(bits) where at != 21 || number != 1 {
                var batch = Batches.plain(["a", "b"])
                batch.withUnsafeMutableBytes { raw in
                    switch bits {
                    case 16: raw.setBigEndian(UInt16(truncatingIfNeeded: number), at: at)
                    case 32: raw.setBigEndian(Int32(truncatingIfNeeded: number), at: at)
                    default: raw.setBigEndian(number, at: at)
                    }
                    RecordBatch.seal(raw)
                }
                let client = try RawClient(port: scene.port)
                try client.produce("t", batch, acks: -1)
                #expect(client.outcome(within: 20_000) != .silent, "\(number) at byte \(at)")
            }
        }
        _ = try await scene.killAndCheck()
    }
}

/// A broker that is killed and started again, and a client that says anything.
struct FieldScene {
    private let folder: TemporaryDirectory
    private let broker: BrokerProcess
    private var client: RawClient?
    private(set) var sent = 0

    var port: UInt16 { UInt16(broker.port) }

    static func start() async throws -> FieldScene { try await FieldScene(folder: TemporaryDirectory()) }

    private init(folder: TemporaryDirectory) async throws {
        self.folder = folder
        broker = try await BrokerProcess.start(["--fsync", "os"], folder: folder)
        let client = try RawClient(port: port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        self.client = client
    }

    /// False where nobody listens any more.
    mutating func send(_ request: FieldRequests.Request) throws -> Bool {
        guard let client = try? self.client ?? RawClient(port: port) else { return false }
        self.client = client
        sent += 1
        guard (try? client.sendRaw(request.frame)) != nil else {
            self.client = nil
            return (try? RawClient(port: port)) != nil
        }
        let outcome = client.outcome(within: request.mayWait ? 30 : 20_000)
        if outcome != .answered { self.client = nil }
        if outcome == .silent, !request.mayWait { Issue.record("no answer to \(request.words)") }
        return outcome == .answered || (try? RawClient(port: port)) != nil
    }

    func killAndCheck() async throws -> FieldScene {
        try await broker.kill()
        let check = try await Kappa.run("broker", "check", "--data", "\(folder.path)/broker")
        #expect(check.status == 0, "\(check.output.suffix(2000))\(check.errors.suffix(2000))")
        var next = try await FieldScene(folder: folder)
        next.sent = sent
        return next
    }
}

/// The requests that are made of one declaration.
enum FieldRequests {
    struct Request {
        var frame: [UInt8]
        var words: String
        /// What may rightly not be answered for a while: waiting is what was asked for.
        var mayWait: Bool
    }

    /// What all other fields hold meanwhile: what the message begins with, or numbers that mean something somewhere.
    private static let profiles: [Int64?] = [nil, 1, 600]

    static func numbers(_ bits: Int) -> [Int64] {
        let most = Int64.max >> Int64(64 - bits)
        return [-most - 1, -1, 0, 1, most - 1, most]
    }

    private static var texts: [[UInt8]] {
        let a = UInt8(ascii: "a")
        return [0, 32_767, 32_768, 40_000].map { [UInt8](repeating: a, count: $0) } + [
            [a, 0, a], [27, UInt8(ascii: "["), UInt8(ascii: "2"), UInt8(ascii: "J")], [0xFF, 0xFE],
        ]
    }

    private static func values(_ field: WireProbe.Field, isLong: Bool) -> [WireProbe.Value] {
        switch field {
        case .integer(let bits): numbers(bits).map { .integer($0) }
        case .text: texts.map { .text($0) }
        case .bytes: texts.map { .bytes($0) }
        case .list:
            (isLong ? [2, 1000, 100_000] : [2, 1000]).flatMap {
                [.list(count: $0, areSame: true), .list(count: $0, areSame: false)]
            }
        }
    }

    /// Made one after the other, for the long ones are large.
    static func all<Message: RequestMessage>(
        of message: Message.Type, version: Int16, isLong: Bool
    ) -> some Sequence<Request> {
        let fields = shape(message, version)
        let cases = fields.indices.flatMap { number in
            values(fields[number], isLong: isLong).map { (number, $0) }
        }
        return cases.enumerated().lazy.flatMap { place, one in
            let chosen = isLong ? profiles : [profiles[(place + Int(version)) % profiles.count]]
            return chosen.compactMap { request(message, version, one.0, one.1, profile: $0) }
        }
    }

    private static func shape<Message: RequestMessage>(_: Message.Type, _ version: Int16) -> [WireProbe.Field] {
        let probe = WireProbe { _, _ in nil }
        _ = try? Message.frame(correlationId: 1, clientId: [], version: version, probe: probe)
        return probe.fields
    }

    private static func request<Message: RequestMessage>(
        _: Message.Type, _ version: Int16, _ target: Int, _ value: WireProbe.Value, profile: Int64?
    ) -> Request? {
        let batch = Batches.plain(["a"])
        let probe = WireProbe { number, field in
            if number == target { return value }
            switch field {
            case .integer: return profile.map { .integer($0) }
            case .text: return .text([UInt8(ascii: "t")])
            case .bytes: return .bytes(batch)
            case .list: return nil
            }
        }
        let client: [UInt8] = [27, UInt8(ascii: "c"), 0xFF]
        // A length that the form cannot tell is none that a client can send.
        guard let frame = try? Message.frame(correlationId: 1, clientId: client, version: version, probe: probe) else {
            return nil
        }
        let waits: [ApiKey] = [.fetch, .joinGroup, .syncGroup, .produce]
        return Request(
            frame: frame, words: "\(Message.apiKey.name) \(version), field \(target) \(short(value)), \(profile ?? 0)",
            mayWait: waits.contains(Message.apiKey))
    }

    private static func short(_ value: WireProbe.Value) -> String {
        switch value {
        case .integer(let number): "\(number)"
        case .text(let bytes), .bytes(let bytes): "\(bytes.count) bytes \(bytes.prefix(4))"
        case .list(let count, let areSame): "\(count) \(areSame ? "same" : "different") elements"
        }
    }
}
