import Glibc
import KappaCore
import KappaTestSupport
import Synchronization
import Testing

@testable import KappaMariaDB
@testable import KappaPostgres
@testable import KappaSQLite
@testable import KappaStores

@Suite("PostgreSQL alone")
struct PostgresTests {
    private static let counter = Atomic<Int>(0)

    private func database() throws -> (PostgresServer, String) {
        let server = try PostgresServer.shared.get()
        let name = "pg\(getpid())_\(PostgresTests.counter.add(1, ordering: .relaxed).newValue)"
        try server.makeDatabase(name)
        return (server, name)
    }

    private func begin(_ store: any ViewStore) throws {
        _ = try store.migrate(.results())
        try store.begin(.results(), at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
    }

    private func batch(_ offsets: Range<Int64>) -> RowBatch {
        let batch = RowBatch(shape: .results)
        for offset in offsets {
            batch.append(SampleResult(borehole: "BH-\(offset)", reading: "\(offset)").json, at: offset)
        }
        return batch
    }

    @Test func aProgramOfTheOlderSchemaReadsTheView() throws {
        let (server, name) = try database()
        let store = try PostgresStore(conninfo: server.conninfo(name), purpose: .writing)
        try begin(store)
        _ = try store.write(batch(0..<3), to: .results(), advancing: [SinkAdvance(source: piezometer, from: 0, to: 3)])
        #expect(try server.psql(name, "SELECT COUNT(*) FROM record") == "3\n")
        let row = try server.psql(name, "SELECT * FROM record WHERE instrument='piezometer' ORDER BY ts LIMIT 1")
        #expect(row.hasPrefix("1|BH-0|piezometer|82.33|5810968|322179|0|2022-04-15 22:06:38.737+00|kPa|"))
        // As Django writes it for a model with these seven fields.
        let django = """
            SELECT "record"."id", "record"."boreholenumber", "record"."instrument", "record"."surfacelevel", \
            "record"."northing", "record"."easting", "record"."reading", "record"."ts" FROM "record" \
            WHERE "record"."ts" >= '2022-04-15T00:00:00+00:00'::timestamptz ORDER BY "record"."ts" ASC LIMIT 21
            """
        #expect(try server.psql(name, django).split(separator: "\n").count == 3)
        #expect(try server.psql(name, "SELECT obj_description('record'::regclass)").contains("kappa sink"))
        #expect(try server.psql(name, "SELECT col_description('record__g1'::regclass, 2)").contains("BH-9483"))
    }

    /// The loader that this replaces wrote through the same name.
    @Test func aViewOfOneGenerationTakesRowsFromOtherPrograms() throws {
        let (server, name) = try database()
        try begin(try PostgresStore(conninfo: server.conninfo(name), purpose: .writing))
        _ = try server.psql(
            name,
            """
            INSERT INTO record (boreholenumber, instrument, reading, ts, window_start, window_end, count, source_topic, \
            source_partition, source_offset) VALUES ('BH-1', 'piezometer', 1, now(), now(), now(), 1, 'by hand', 0, 0)
            """)
        #expect(try server.psql(name, "SELECT reading FROM record__g1") == "1\n")
    }

    @Test func aPasswordIsInNoError() throws {
        let (server, name) = try database()
        let wrong = "postgres://postgres:verysecret@127.0.0.1:\(server.port)/\(name)"
        let error = #expect(throws: StoreError.self) { try PostgresStore(conninfo: wrong, purpose: .reading) }
        #expect(error?.code == .connection)
        #expect(error?.description.contains("verysecret") == false)
        #expect(error?.message.contains("password authentication failed") == true)
        let right = try PostgresStore(conninfo: server.url(name), purpose: .reading)
        #expect(right.name == "postgres://postgres@127.0.0.1:\(server.port)/\(name)")
    }

    @Test func aColumnOfAnotherTypeIsSomebodyElses() throws {
        let (server, name) = try database()
        let store = try PostgresStore(conninfo: server.conninfo(name), purpose: .writing)
        try begin(store)
        _ = try server.psql(
            name, "DROP VIEW record; ALTER TABLE record__g1 ALTER COLUMN reading TYPE numeric")
        let state = try store.status(of: .results()).state
        #expect(state == .foreign("column 'reading' of 'record__g1' is numeric, not double precision"))
    }

    @Test func sinksThatStartTogetherMakeOneView() async throws {
        let (server, name) = try database()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try PostgresStore(conninfo: server.conninfo(name), purpose: .writing).migrate(.results()).count
                }
            }
            var steps = 0
            for try await count in group { steps += count }
            #expect(steps == 1)
        }
    }

    /// A COPY waits for the server's word to begin and for its end. Beside these two, a batch may take two more.
    @Test func aBatchWaitsForNoMoreThanFourAnswers() throws {
        let (server, name) = try database()
        let proxy = try CuttingProxy(target: server.port)
        defer { proxy.stop() }
        let store = try PostgresStore(conninfo: server.url(name, port: proxy.port), purpose: .writing)
        try begin(store)
        func turns(_ batch: RowBatch, _ from: Int64, _ to: Int64) throws -> Int {
            let before = proxy.turns
            let step = SinkAdvance(source: piezometer, from: from, to: to)
            #expect(
                try store.write(batch, to: .results(), advancing: [step])
                    == .stored(rows: batch.rowCount, refused: batch.refusalCount))
            return proxy.turns - before
        }
        #expect((1...4).contains(try turns(batch(0..<20_000), 0, 20_000)))
        let refused = batch(20_000..<20_100)
        for offset in 20_100..<20_110 { refused.append("no result", at: Int64(offset)) }
        #expect((1...4).contains(try turns(refused, 20_000, 20_110)))
        // The first batch over existing keys is tried the fast way before; those after it are not.
        _ = try turns(batch(0..<100), 20_110, 20_200)
        #expect((1...4).contains(try turns(batch(0..<20_000), 20_200, 40_000)))
        #expect((1...4).contains(try turns(RowBatch(shape: .results), 40_000, 40_001)))
        #expect(try server.psql(name, "SELECT count(*) FROM record") == "20100\n")
    }

    /// The commit's answer is lost, or the commit itself: the store's position tells which.
    @Test func everyBatchGoesInOnceWhereverTheConnectionIsCut() throws {
        let (server, name) = try database()
        try begin(try PostgresStore(conninfo: server.conninfo(name), purpose: .writing))
        let proxy = try CuttingProxy(target: server.port)
        defer { proxy.stop() }
        var notices: [StoreWriter.Notice] = []
        let writer = StoreWriter(
            address: .postgres(conninfo: server.url(name, port: proxy.port)), target: .results(),
            notice: { notices.append($0) }, wait: { _ in false })
        for step in 0..<20 {
            let (from, to) = (Int64(step) * 50, Int64(step + 1) * 50)
            if step % 2 == 1 { proxy.arm(step % 4 == 1 ? .afterCommit : .beforeCopyEnd) }
            let outcome = try writer.write(
                batch(from..<to), advancing: [SinkAdvance(source: piezometer, from: from, to: to)])
            #expect(outcome == .stored(rows: 50, refused: 0))
        }
        #expect(proxy.cuts == 10)
        #expect(writer.retries == 10)
        #expect(notices.count == 20)
        // Again over the same keys, by way of the temporary table: each reading is one more than it was.
        for step in 20..<40 {
            let (from, to) = (Int64(step) * 50, Int64(step + 1) * 50)
            let again = RowBatch(shape: .results)
            for offset in from..<to {
                let sample = SampleResult(borehole: "BH-\(offset - 1000)", reading: "\(offset - 999)")
                again.append(sample.json, at: offset)
            }
            if step % 2 == 1 { proxy.arm(step % 4 == 1 ? .afterCommit : .beforeCopyEnd) }
            let outcome = try writer.write(again, advancing: [SinkAdvance(source: piezometer, from: from, to: to)])
            #expect(outcome == .stored(rows: 50, refused: 0))
        }
        #expect(proxy.cuts == 20)
        let sum = try server.psql(name, "SELECT count(*), count(DISTINCT source_offset), sum(reading) FROM record")
        #expect(sum == "1000|1000|500500\n")
        #expect(try server.psql(name, "SELECT next_offset FROM kappa_offset") == "2000\n")
    }

    @Test func aTerminatedBackendIsOnlyADelay() throws {
        let (server, name) = try database()
        let writer = StoreWriter(
            address: .postgres(conninfo: server.conninfo(name)), target: .results(), notice: { _ in },
            wait: { _ in false })
        try writer.run { (store) throws(StoreError) in
            _ = try store.migrate(.results())
            try store.begin(.results(), at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
        }
        for step in 0..<5 {
            let (from, to) = (Int64(step) * 10, Int64(step + 1) * 10)
            let step = SinkAdvance(source: piezometer, from: from, to: to)
            #expect(try writer.write(batch(from..<to), advancing: [step]) == .stored(rows: 10, refused: 0))
            _ = try server.psql(
                name,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kappa sink' AND datname = '\(name)'"
            )
        }
        #expect(writer.retries == 4)
        #expect(try server.psql(name, "SELECT count(*) FROM record") == "50\n")
    }

    @Test func aRetryThatAnotherSinkOvertookIsFenced() throws {
        let (server, name) = try database()
        let other = try PostgresStore(conninfo: server.conninfo(name), purpose: .writing)
        try begin(other)
        let proxy = try CuttingProxy(target: server.port)
        defer { proxy.stop() }
        let step = SinkAdvance(source: piezometer, from: 0, to: 10)
        let further = SinkAdvance(source: piezometer, from: 0, to: 20)
        let batch = batch(0..<20)
        let writer = StoreWriter(
            address: .postgres(conninfo: server.url(name, port: proxy.port)), target: .results(), notice: { _ in },
            wait: { _ in
                _ = try? other.write(batch, to: .results(), advancing: [further])
                return false
            })
        proxy.arm(.beforeCopyEnd)
        #expect(try writer.write(self.batch(0..<10), advancing: [step]) == .fenced)
        #expect(try server.psql(name, "SELECT count(*) FROM record") == "20\n")
    }

    @Test func aWaitThatIsStoppedSaysSo() throws {
        let (server, name) = try database()
        try begin(try PostgresStore(conninfo: server.conninfo(name), purpose: .writing))
        let writer = StoreWriter(
            address: .postgres(conninfo: "host=127.0.0.1 port=1 user=nobody"), target: .results(), notice: { _ in },
            wait: { _ in true })
        let error = #expect(throws: StoreError.self) {
            try writer.write(batch(0..<1), advancing: [SinkAdvance(source: piezometer, from: 0, to: 1)])
        }
        #expect(error?.code == .stopped)
    }
}
