import Glibc
import KappaCore
import KappaTestSupport
import Synchronization
import Testing

@testable import KappaStores

/// The stores that every test of the common suite runs on.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgres

    var testDescription: String { rawValue }

    private static let counter = Atomic<Int>(0)

    /// An empty store of the test's own.
    func make() throws -> TestStore {
        let number = StoreKind.counter.add(1, ordering: .relaxed).newValue
        switch self {
        case .sqlite:
            var template = Array("/tmp/kappa-sqlite-XXXXXX".utf8CString)
            guard let folder = mkdtemp(&template) else { throw PostgresServerErrorStandIn() }
            return TestStore(
                address: .sqlite(path: "\(String(cString: folder))/views.db"), folder: String(cString: folder))
        case .postgres:
            let server = try PostgresServer.shared.get()
            let database = "test\(getpid())_\(number)"
            try server.makeDatabase(database)
            return TestStore(address: .postgres(conninfo: server.conninfo(database)), folder: nil)
        }
    }
}

struct PostgresServerErrorStandIn: Error {}

/// A store that leaves nothing behind.
final class TestStore {
    let address: StoreAddress
    private let folder: String?

    init(address: StoreAddress, folder: String?) {
        self.address = address
        self.folder = folder
    }

    deinit {
        if let folder { _ = try? Subprogram.output(of: "/bin/rm", ["-rf", folder]) }
    }

    func open(for purpose: StorePurpose = .writing) throws -> any ViewStore { try address.open(for: purpose) }

    /// All rows of a statement, each field as a program would print it, NULL as "∅".
    func rows(_ sql: String, _ parameters: [StoreValue] = []) throws -> [[String]] {
        let store = try open(for: .reading)
        let cursor = try store.read(ReadStatement(sql: sql, parameters: parameters))
        var rows: [[String]] = []
        while let row = try cursor.next() { rows.append(row.map(TestStore.text)) }
        return rows
    }

    static func text(_ cell: StoreCell) -> String {
        switch cell {
        case .null: "∅"
        case .integer(let number): String(number)
        case .real(let number): "\(number)"
        case .boolean(let value): value ? "true" : "false"
        case .number(let bytes):
            // 5 and 5.0 are one number to both stores.
            Double(String(decoding: bytes, as: UTF8.self)).map { "\($0)" } ?? "?"
        case .time(let bytes), .text(let bytes), .json(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// Records of the tests, as JSON that the processing path would write.
struct SampleResult {
    var borehole = "BH-9483"
    var instrument = "piezometer"
    var reading = "113.96"
    var units: String? = "kPa"
    var windowStart = "2022-04-15T22:06:30.000Z"
    var windowEnd = "2022-04-15T22:06:40.000Z"
    var timestamp = "2022-04-15T22:06:38.737Z"
    var count = "3"

    var json: String {
        """
        {"borehole_number":"\(borehole)","instrument":"\(instrument)","surface_level":82.33,"northing":5810968,\
        "easting":322179,"reading":\(reading),"units":\(units.map { "\"\($0)\"" } ?? "null"),\
        "timestamp":"\(timestamp)","window_start":"\(windowStart)","window_end":"\(windowEnd)","count":\(count),\
        "min":100,"max":120.5,"sum":341.88}
        """
    }
}

extension RowBatch {
    func append(
        _ json: String?, key: String? = "BH-9483", topic: String = "piezometer", partition: Int32 = 0, at offset: Int64,
        milliseconds: Int64 = 1_650_060_399_999, headers: String? = nil
    ) {
        let source = index(of: SourcePartition(topic: topic, partition: partition))
        func bytes(_ text: String?, _ body: (UnsafeRawBufferPointer?) -> Void) {
            guard let text else { return body(nil) }
            Array(text.utf8).withUnsafeBytes { body($0) }
        }
        bytes(json) { value in
            bytes(key) { key in
                bytes(headers) { headers in
                    append(
                        SourceRecord(
                            offset: offset, milliseconds: milliseconds, key: key, value: value, headers: headers),
                        from: source)
                }
            }
        }
    }
}

extension ViewTarget {
    static func results(_ name: String = "record") -> ViewTarget { ViewTarget(view: try! ViewName(word: name)) }
}

let piezometer = SourcePartition(topic: "piezometer", partition: 0)
