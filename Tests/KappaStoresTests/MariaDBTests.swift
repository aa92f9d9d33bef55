import KappaCore
import KappaTestSupport
import Testing

@testable import KappaMariaDB
@testable import KappaStores

@Suite("MariaDB")
struct MariaDBTests {
    private func database() throws -> (MariaDBServer, String) {
        let server = try MariaDBServer.shared.get()
        let name = "maria\(UInt32.random(in: 0...UInt32.max))"
        try server.makeDatabase(name)
        return (server, name)
    }

    private func begin(_ store: any ViewStore) throws {
        _ = try store.migrate(.results())
        try store.begin(.results(), at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
    }

    private func batch(_ offsets: Range<Int64>, plus: Int64 = 0, key: (Int64) -> Int64 = { $0 }) -> RowBatch {
        let batch = RowBatch(shape: .results)
        for offset in offsets {
            batch.append(SampleResult(borehole: "BH-\(key(offset))", reading: "\(offset + plus)").json, at: offset)
        }
        return batch
    }

    /// Twenty connections are cut, before the server hears COMMIT and before the client hears its answer.
    @Test func cutConnectionsLoseAndDoubleNothing() throws {
        let (server, name) = try database()
        try begin(try StoreAddress.mariadb(server.url(name)).open(for: .writing))
        let proxy = try CuttingProxy(target: server.port, speaks: .mysql)
        defer { proxy.stop() }
        let writer = StoreWriter(
            address: try .mariadb(server.url(name, port: proxy.port)), target: .results(), notice: { _ in },
            wait: { _ in false })
        for step in 0..<40 {
            let (from, to) = (Int64(step) * 50, Int64(step + 1) * 50)
            if step % 2 == 1 { proxy.arm(step % 4 == 1 ? .afterCommit : .beforeCopyEnd) }
            // The second half writes over the keys of the first.
            let outcome = try writer.write(
                batch(from..<to, key: { $0 % 1000 }), advancing: [SinkAdvance(source: piezometer, from: from, to: to)])
            #expect(outcome == .stored(rows: 50, refused: 0))
        }
        #expect(proxy.cuts == 20 && writer.retries == 20)
        let sum = try server.query(name, "SELECT count(*), count(DISTINCT source_offset), sum(reading) FROM record")
        // The readings of the second half: 1000 … 1999.
        #expect(sum == "1000\t1000\t1499500\n")
        #expect(try server.query(name, "SELECT next_offset FROM kappa_offset") == "2000\n")
    }

    @Test func anOlderRecordLeavesTheNewerOneInEveryColumn() throws {
        let (server, name) = try database()
        for usesBulk in [true, false] {
            let store = try #require(try StoreAddress.mariadb(server.url(name)).open(for: .writing) as? MariaDBStore)
            #expect(store.usesBulk)
            store.usesBulk = usesBulk
            _ = try store.migrate(.results("v\(usesBulk ? 1 : 2)"))
            let target = ViewTarget.results("v\(usesBulk ? 1 : 2)")
            try store.begin(target, at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
            let newer = RowBatch(shape: .results)
            newer.append(SampleResult(reading: "9", units: "new").json, at: 9)
            let older = RowBatch(shape: .results)
            older.append(SampleResult(reading: "5", units: "old").json, at: 5)
            _ = try store.write(newer, to: target, advancing: [SinkAdvance(source: piezometer, from: 0, to: 10)])
            _ = try store.write(older, to: target, advancing: [SinkAdvance(source: piezometer, from: 10, to: 11)])
            let row = try server.query(name, "SELECT reading, units, source_offset FROM \(target.view)")
            #expect(row == "9\tnew\t9\n")
        }
    }

    @Test func manyRowsGoInAlikeWhereTheServerTakesNoneAtOnce() throws {
        let (server, name) = try database()
        let store = try #require(try StoreAddress.mariadb(server.url(name)).open(for: .writing) as? MariaDBStore)
        try begin(store)
        store.usesBulk = false
        let outcome = try store.write(
            batch(0..<1234), to: .results(), advancing: [SinkAdvance(source: piezometer, from: 0, to: 1234)])
        #expect(outcome == .stored(rows: 1234, refused: 0))
        #expect(try server.query(name, "SELECT count(*), sum(reading) FROM record") == "1234\t760761\n")
    }

    @Test func namesThatDifferOnlyInBlanksOrCaseAreDifferentNames() throws {
        let (server, name) = try database()
        let store = try StoreAddress.mariadb(server.url(name)).open(for: .writing)
        try begin(store)
        let batch = RowBatch(shape: .results)
        for (offset, borehole) in ["x", "x ", "X", "é", "e", "😀"].enumerated() {
            batch.append(SampleResult(borehole: borehole).json, at: Int64(offset))
        }
        let step = SinkAdvance(source: piezometer, from: 0, to: 6)
        #expect(try store.write(batch, to: .results(), advancing: [step]) == .stored(rows: 6, refused: 0))
        var query = ViewQuery(now: Timestamp(milliseconds: 0))
        query.boreholes = ["x"]
        let answer = try store.answer(.rows(query, columns: ["borehole"]), of: ViewName(word: "record"))
        #expect(try TestStore.all(answer) == [["x"]])
    }

    @Test func aServerThatIsKilledIsOnlyADelay() throws {
        let server = try MariaDBServer()
        try server.makeDatabase("views")
        defer { try? server.kill() }
        try begin(try StoreAddress.mariadb(server.url("views")).open(for: .writing))
        nonisolated(unsafe) var isDown = false
        let writer = StoreWriter(
            address: try .mariadb(server.url("views")), target: .results(), notice: { _ in },
            wait: { _ in
                if isDown { try? server.start() }
                isDown = false
                return false
            })
        for step in 0..<6 {
            let (from, to) = (Int64(step) * 100, Int64(step + 1) * 100)
            let advance = SinkAdvance(source: piezometer, from: from, to: to)
            #expect(try writer.write(batch(from..<to), advancing: [advance]) == .stored(rows: 100, refused: 0))
            if step % 2 == 0 {
                try server.kill()
                isDown = true
            }
        }
        #expect(writer.retries >= 3)
        #expect(try server.query("views", "SELECT count(*), sum(reading) FROM record") == "600\t179700\n")
    }

    @Test func aWrongPasswordOrDatabaseIsSaidInOneLineWithoutThePassword() throws {
        let (server, name) = try database()
        let wrong = server.url(name).replacing(MariaDBServer.password, with: "guess-77")
        let login = #expect(throws: StoreError.self) { try StoreAddress.mariadb(wrong).open(for: .reading) }
        #expect(login?.code == .usage && login?.hint?.contains("MYSQL_PWD") == true)
        #expect(login?.description.contains("guess-77") == false)
        let missing = #expect(throws: StoreError.self) {
            try StoreAddress.mariadb(server.url("nothing_here")).open(for: .reading)
        }
        #expect(missing?.code == .schema && missing?.message.contains("nothing_here") == true)
    }

    @Test(arguments: [
        "mysql://", "mysql://host", "mysql://host:port/d", "mariadb://u:se%zz@h/d", "mysql:h/d", "mysql://h/d?x=secret",
    ])
    func addressesThatCannotBeReadAreNotRepeated(_ word: String) {
        let error = #expect(throws: StoreError.self) { try StoreAddress.mariadb(word) }
        #expect(error?.code == .usage && error?.description.contains("se%zz") == false)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func theNameOfAnAddressShowsNoPassword() throws {
        let address = try StoreAddress.mariadb("mysql://me:p%40ss@db.example:3307/site?ca=/etc/ca.pem")
        #expect(address.name == "mariadb://me@db.example:3307/site" && address.holdsPassword)
        let parts = try MariaDBAddress(word: address.word)
        #expect(parts.password == "p@ss" && parts.demandsTLS && parts.authority == "/etc/ca.pem")
        #expect(try !MariaDBAddress(word: "mariadb://localhost/d").demandsTLS)
    }

    @Test func aReaderCannotWriteWhateverItIsAsked() throws {
        let (server, name) = try database()
        try begin(try StoreAddress.mariadb(server.address(name)).open(for: .writing))
        let store = try StoreAddress.mariadb(server.address(name)).open(for: .reading)
        for words in [
            "DROP TABLE record__g1", "DELETE FROM record__g1", "SELECT 1; DROP TABLE record__g1",
            "SELECT 1 INTO OUTFILE '\(server.folder)/data/out'", "SET GLOBAL max_connections = 1",
        ] {
            #expect(throws: StoreError.self) { try store.answer(.own(words), of: ViewName(word: "record")) }
        }
        #expect(try server.query(name, "SELECT count(*) FROM record") == "0\n")
    }

    // MARK: A server that says no

    /// Somebody who may do what they are granted and nothing else; returns their address.
    private func guest(_ server: MariaDBServer, _ name: String, may grants: String) throws -> String {
        let user = "guest\(UInt32.random(in: 0...UInt32.max))"
        _ = try server.query(
            "mysql",
            "CREATE USER \(user)@'127.0.0.1' IDENTIFIED BY '\(MariaDBServer.password)'; "
                + "GRANT \(grants) ON \(name).* TO \(user)@'127.0.0.1'")
        return server.url(name).replacing("kappa:", with: "\(user):")
    }

    @Test func aServerThatIsReadOnlyForAWhileIsToldOnceAndWaitedFor() throws {
        let server = try MariaDBServer()
        try server.makeDatabase("views")
        defer { try? server.kill() }
        let address = try StoreAddress.mariadb(try guest(server, "views", may: "ALL"))
        try begin(try address.open(for: .writing))
        _ = try server.query("mysql", "SET GLOBAL read_only = 1")
        nonisolated(unsafe) var told: [String] = []
        nonisolated(unsafe) var waits = 0
        let writer = StoreWriter(
            address: address, target: .results(),
            notice: { if case .trouble(let error) = $0 { told.append(error.message) } },
            wait: { _ in
                waits += 1
                if waits == 3 { _ = try? server.query("mysql", "SET GLOBAL read_only = 0") }
                return false
            })
        let step = SinkAdvance(source: piezometer, from: 0, to: 50)
        #expect(try writer.write(batch(0..<50), advancing: [step]) == .stored(rows: 50, refused: 0))
        #expect(told.count == 1 && told[0].contains("read-only") && waits == 3)
        #expect(try server.query("views", "SELECT count(*), sum(reading) FROM record") == "50\t1225\n")
        #expect(try server.query("views", "SELECT count(*) FROM kappa_dead_letter") == "0\n")
    }

    @Test func aSinkWithoutTheRightToWriteSaysSoAndWritesNothing() throws {
        let (server, name) = try database()
        try begin(try StoreAddress.mariadb(server.url(name)).open(for: .writing))
        let store = try StoreAddress.mariadb(try guest(server, name, may: "SELECT")).open(for: .writing)
        let error = #expect(throws: StoreError.self) {
            try store.write(
                batch(0..<3), to: .results(), advancing: [SinkAdvance(source: piezometer, from: 0, to: 3)])
        }
        #expect(error?.code == .schema && error?.message.contains("denied") == true)
        #expect(error?.description.contains("\n") == false)
        #expect(error?.description.contains(MariaDBServer.password) == false)
        #expect(try server.query(name, "SELECT count(*) FROM record") == "0\n")
    }

    /// Beyond this machine, for which another of its own addresses stands here, the certificate is checked.
    @Test func aCertificateOfAnotherAuthorityIsRefused() throws {
        let server = try MariaDBServer(
            [
                "--ssl-ca={folder}/ours.pem", "--ssl-cert={folder}/server.pem", "--ssl-key={folder}/server.key",
                "--bind-address=0.0.0.0",
            ], preparing: MariaDBTests.makeCertificates)
        try server.makeDatabase("views")
        defer { try? server.kill() }
        func address(_ authority: String) -> String {
            "mysql://kappa:\(MariaDBServer.password)@127.0.0.2:\(server.port)/views?ca=\(server.folder)/\(authority).pem"
        }
        let store = try StoreAddress.mariadb(address("ours")).open(for: .writing)
        try begin(store)
        let error = #expect(throws: StoreError.self) {
            try StoreAddress.mariadb(address("theirs")).open(for: .reading)
        }
        #expect(error?.code == .usage && error?.message.contains("certificate") == true)
        #expect(error?.description.contains("\n") == false)
        #expect(error?.description.contains(MariaDBServer.password) == false)
    }

    /// Two authorities, and a server's certificate from the first.
    private static func makeCertificates(_ folder: String) throws {
        func openssl(_ words: String...) throws { _ = try Subprogram.output(of: "/usr/bin/openssl", words) }
        for name in ["ours", "theirs"] {
            try openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-keyout",
                "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem")
        }
        try openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.2", "-addext",
            "subjectAltName=IP:127.0.0.2", "-keyout", "\(folder)/server.key", "-out", "\(folder)/server.csr")
        try openssl(
            "x509", "-req", "-in", "\(folder)/server.csr", "-CA", "\(folder)/ours.pem", "-CAkey",
            "\(folder)/ours.key", "-CAcreateserial", "-copy_extensions", "copy", "-days", "30", "-out",
            "\(folder)/server.pem")
        _ = try Subprogram.output(of: "/bin/chmod", ["-R", "a+rX", folder])
        for name in ["server.key", "server.pem", "ours.pem"] {
            _ = try Subprogram.output(of: "/bin/chmod", ["644", "\(folder)/\(name)"])
        }
    }
}
