import Glibc
import KappaCore
import KappaHTTP
import KappaTestSupport
import Synchronization
import Testing

@testable import KappaElastic
@testable import KappaMariaDB
@testable import KappaPostgres
@testable import KappaSQLite
@testable import KappaStores

/// The stores that every test of the common suite runs on.
enum TestedStore: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgres, mariadb, elastic

    /// Those that are asked in SQL.
    static let sql: [TestedStore] = [.sqlite, .postgres, .mariadb]

    var testDescription: String { rawValue }

    /// Lets the store refuse readings from 1000 on, under a name that its refusals repeat.
    var ruleOfThePerson: String {
        switch self {
        case .postgres: "ALTER TABLE record__g1 ADD CONSTRAINT rule_of_the_person CHECK (reading < 1000)"
        case .elastic: ""
        case .mariadb: "ALTER TABLE record__g1 ADD CONSTRAINT rule_of_the_person CHECK (reading < 1000)"
        case .sqlite:
            """
            CREATE TRIGGER rule BEFORE INSERT ON record__g1 WHEN new.reading >= 1000 \
            BEGIN SELECT raise(ABORT, 'rule_of_the_person'); END
            """
        }
    }

    private static let counter = Atomic<Int>(0)

    /// An empty store of the test's own.
    func make() throws -> TestStore {
        let number = TestedStore.counter.add(1, ordering: .relaxed).newValue
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
        case .mariadb:
            let server = try MariaDBServer.shared.get()
            let database = "test\(getpid())_\(number)"
            try server.makeDatabase(database)
            return TestStore(address: try .mariadb(server.address(database)), folder: nil)
        case .elastic: return try TestStore(elastic: ElasticServer())
        }
    }
}

struct PostgresServerErrorStandIn: Error {}

/// A store that leaves nothing behind.
final class TestStore {
    let address: StoreAddress
    private let folder: String?
    /// The server behind an address of Elasticsearch.
    let elastic: ElasticServer?

    init(elastic server: ElasticServer) throws {
        address = try #require(try StoreAddress.elastic(server.address, kind: "elasticsearch", takesPlain: false))
        folder = nil
        elastic = server
    }

    init(address: StoreAddress, folder: String?) {
        self.address = address
        self.folder = folder
        elastic = nil
    }

    deinit {
        if let folder { _ = try? Subprogram.output(of: "/bin/rm", ["-rf", folder]) }
    }

    func open(for purpose: StorePurpose = .writing) throws -> any ViewStore { try address.open(for: purpose) }

    /// All rows of a statement, each field as a program would print it, NULL as "∅".
    func rows(_ sql: String, _ parameters: [StoreValue] = []) throws -> [[String]] {
        let store = try open(for: .reading) as! any SQLStore
        return try TestStore.all(store.read(SQLStatement(sql: sql, parameters: parameters)))
    }

    /// All rows of an answer.
    func answer(_ question: ViewQuestion, of view: String = "record") throws -> [[String]] {
        let store = try open(for: .reading)
        return try TestStore.all(store.answer(question, of: ViewName(word: view)))
    }

    /// The rows of a view as they lie in the store, asked for in the store's own words, ordered by one column.
    func stored(_ columns: [String], of view: String = "record", by order: String? = nil) throws -> [[String]] {
        guard let elastic else {
            let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
            return try rows("SELECT \(list) FROM \(view)" + (order.map { " ORDER BY \"\($0)\"" } ?? ""))
        }
        return try elastic.documents(of: view, by: order).map { document in
            columns.map { TestStore.text(document.member($0)) }
        }
    }

    /// Offset and reason of what was refused, by offset.
    func deadLetters() throws -> [(offset: Int, reason: String)] {
        let rows =
            try elastic == nil
            ? self.rows("SELECT \"offset\", reason FROM kappa_dead_letter ORDER BY \"offset\"")
            : stored(["offset", "reason"], of: "kappa_dead_letter", by: "offset")
        return rows.map { (Int(Double($0[0]) ?? -1), $0[1]) }
    }

    /// Makes something that is not kappa's and bears this name.
    func makeForeign(_ name: String) throws {
        guard let elastic else { return try execute(["CREATE TABLE \(name) (x int)"]) }
        try elastic.ask(.put, "/\(name)", ["mappings": ["properties": ["x": ["type": "long"]]]])
    }

    private static func text(_ value: JSONTree) -> String {
        switch value {
        case .null: "∅"
        case .text(let text): text
        case .whole(let number): "\(Double(number))"
        case .real(let number): "\(number)"
        case .flag(let value): "\(value)"
        case .list, .object, .raw: String(decoding: value.bytes, as: UTF8.self)
        }
    }

    /// Changes the store behind kappa's back, as a person with rights might.
    func execute(_ statements: [String]) throws {
        let store = try open()
        for sql in statements {
            if let store = store as? PostgresStore { _ = try store.connection.execute(sql) }
            if let store = store as? MariaDBStore { try store.connection.execute(sql) }
            if let store = store as? SQLiteStore { try store.connection.execute(sql) }
        }
    }

    static func all(_ cursor: any RowCursor) throws -> [[String]] {
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
        let source = index(of: TopicPartition(topic, partition))
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

let piezometer = TopicPartition("piezometer", 0)

extension ElasticServer {
    /// Asks the server itself, past the store.
    @discardableResult
    func ask(_ method: HTTPMethod, _ path: String, _ body: JSONTree? = nil) throws -> JSONTree {
        let answer = try HTTPClient().send(
            HTTPCall(
                method, url + path, headers: body == nil ? [] : [("Content-Type", "application/json")],
                body: body?.bytes))
        let said = ElasticAnswer(status: answer.status, body: answer.body)
        guard said.isSuccess else { throw ElasticServerError("\(method) \(path): \(said.status), \(said.reason)") }
        return said.root
    }

    /// The documents that an index or an alias shows.
    func documents(of name: String, by order: String? = nil) throws -> [JSONTree] {
        try ask(.post, "/\(name)/_refresh")
        let sort: JSONTree = order.map { [.one($0, "asc")] } ?? ["_doc"]
        let answer = try ask(.post, "/\(name)/_search", ["size": 10_000, "sort": sort])
        return answer.member("hits").member("hits").items.map { $0.member("_source") }
    }
}
