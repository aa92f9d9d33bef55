import KappaCore
import KappaTestSupport
import Testing

@testable import KappaMariaDB
@testable import KappaPostgres
@testable import KappaSQLite
@testable import KappaStores

@Suite("Every store")
struct ConformanceTests {
    private func begun(_ kind: TestedStore) throws -> (TestStore, any ViewStore) {
        let test = try kind.make()
        let store = try test.open()
        _ = try store.migrate(.results())
        try store.begin(
            .results(), at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "cluster")])
        return (test, store)
    }

    private func write(_ store: any ViewStore, _ batch: RowBatch, _ from: Int64, _ to: Int64) throws -> WriteOutcome {
        try store.write(
            batch, to: .results(), advancing: [SinkAdvance(source: piezometer, from: from, to: to)])
    }

    @Test(arguments: TestedStore.allCases)
    func migratingTwiceChangesNothingTheSecondTime(_ kind: TestedStore) throws {
        let test = try kind.make()
        let store = try test.open()
        #expect(try store.status(of: .results()).state == .missing)
        #expect(try store.migrate(.results()) == ["created table record__g1"])
        let status = try store.status(of: .results())
        #expect(status.state == .current)
        #expect(status.generation == 1 && status.version == 2 && status.rows == 0 && status.deadLetters == 0)
        #expect(try store.migrate(.results()) == [])
    }

    @Test(arguments: TestedStore.sql)
    func aMissingColumnIsAddedAndOldRowsStay(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        let batch = RowBatch(shape: .results)
        batch.append(SampleResult().json, at: 0)
        #expect(try write(store, batch, 0, 1) == .stored(rows: 1, refused: 0))
        try test.execute(["DROP VIEW record", "ALTER TABLE record__g1 DROP COLUMN units"])
        #expect(try store.status(of: .results()).state == .older(missing: ["column units", "view record"]))
        #expect(try store.migrate(.results()) == ["added column units", "added view record"])
        #expect(try test.rows("SELECT reading, units FROM record") == [["113.96", "∅"]])
    }

    @Test(arguments: TestedStore.allCases)
    func somebodyElsesTableIsLeftAlone(_ kind: TestedStore) throws {
        let test = try kind.make()
        let store = try test.open()
        try test.makeForeign("record")
        #expect(throws: StoreError.self) { try store.migrate(.results()) }
        #expect(try test.stored(["x"]) == [])
    }

    @Test(arguments: TestedStore.allCases)
    func aResultIsStoredFieldByField(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        let batch = RowBatch(shape: .results)
        batch.append(SampleResult().json, at: 7)
        #expect(try write(store, batch, 0, 8) == .stored(rows: 1, refused: 0))
        let row = try test.stored([
            "boreholenumber", "instrument", "surfacelevel", "northing", "easting", "reading", "ts", "units",
            "window_start", "window_end", "min", "max", "sum", "source_topic",
        ])
        #expect(
            row == [
                [
                    "BH-9483", "piezometer", "82.33", "5810968.0", "322179.0", "113.96", "2022-04-15T22:06:38.737Z",
                    "kPa", "2022-04-15T22:06:30.000Z", "2022-04-15T22:06:40.000Z", "100.0", "120.5", "341.88",
                    "piezometer",
                ]
            ])
        let whole = try test.stored(["count", "source_partition", "source_offset"])
        #expect(whole[0].map { Double($0) } == [3, 0, 7])
    }

    @Test(arguments: TestedStore.allCases)
    func aSecondSinkIsFencedAndWritesNothing(_ kind: TestedStore) throws {
        let (test, first) = try begun(kind)
        let second = try test.open()
        let batch = RowBatch(shape: .results)
        batch.append(SampleResult().json, at: 0)
        #expect(try write(first, batch, 0, 1) == .stored(rows: 1, refused: 0))
        #expect(try write(second, batch, 0, 1) == .fenced)
        #expect(try second.positions(of: .results()).map(\.nextOffset) == [1])
        #expect(try test.stored(["reading"]).count == 1)
    }

    @Test(arguments: TestedStore.allCases)
    func anExistingKeyIsReplacedByTheLaterRecord(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        let batch = RowBatch(shape: .results)
        for (offset, reading) in ["1", "2", "3"].enumerated() {
            batch.append(SampleResult(reading: reading).json, at: Int64(offset))
        }
        batch.append(SampleResult(borehole: "BH-1").json, at: 3)
        #expect(try write(store, batch, 0, 4) == .stored(rows: 4, refused: 0))
        #expect(
            try test.stored(["boreholenumber", "reading"], by: "boreholenumber")
                == [["BH-1", "113.96"], ["BH-9483", "3.0"]])
        batch.removeAll()
        batch.append(SampleResult(reading: "9").json, at: 4)
        #expect(try write(store, batch, 4, 5) == .stored(rows: 1, refused: 0))
        #expect(try test.stored(["reading"], by: "reading") == [["9.0"], ["113.96"]])
    }

    @Test(arguments: TestedStore.allCases)
    func badRecordsGoAsideWithTheReasonAndTheRestGoesIn(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        let batch = RowBatch(shape: .results)
        let bad: [(String?, String)] = [
            (nil, "the record has no value"),
            ("[1]", "the value is not a JSON object"),
            ("{\"reading\":", "the value is not JSON"),
            (SampleResult(reading: "NaN").json, "the value is not JSON"),
            (SampleResult(reading: "1e999").json, "'reading' is beyond the range of a number: 1e999"),
            (SampleResult(reading: "null").json, "'reading' is missing"),
            (SampleResult(reading: "\"5\"").json, "'reading' is not a number"),
            (SampleResult(borehole: "").json, "'borehole_number' is empty"),
            (SampleResult(borehole: "BH\\u0000").json, "'borehole_number' holds a NUL"),
            (SampleResult(borehole: String(repeating: "x", count: 1001)).json, "'borehole_number' is longer than 1000"),
            (SampleResult(timestamp: "yesterday").json, "'timestamp' is not a time"),
            (SampleResult(windowStart: "0000-12-31T23:59:59Z").json, "'window_start' lies outside the years 1 to 9999"),
            (SampleResult(count: "2.5").json, "'count' is not a whole number"),
        ]
        for (offset, (json, _)) in bad.enumerated() { batch.append(json, at: Int64(offset)) }
        batch.append(SampleResult(borehole: "Bohrloch-ä\\u00e9\\n\\\"").json, at: 100)
        #expect(try write(store, batch, 0, 101) == .stored(rows: 1, refused: bad.count))
        #expect(try test.stored(["boreholenumber"]) == [["Bohrloch-äé\n\""]])
        let reasons = try test.deadLetters().map(\.reason)
        #expect(reasons.count == bad.count)
        for (reason, (_, expected)) in zip(reasons, bad) { #expect(reason.hasPrefix(expected)) }
        #expect(try store.status(of: .results()).deadLetters == Int64(bad.count))
    }

    /// A rule of the person's own on the table, which no check of ours can know.
    @Test(arguments: TestedStore.sql)
    func rowsThatTheStoreRefusesAreFoundAmongMany(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        try test.execute([kind.ruleOfThePerson])
        let batch = RowBatch(shape: .results)
        let refused: Set<Int> = [0, 17, 18, 63, 99]
        for offset in 0..<100 {
            let reading = refused.contains(offset) ? "5000" : "\(offset)"
            batch.append(SampleResult(borehole: "BH-\(offset)", reading: reading).json, at: Int64(offset))
        }
        #expect(try write(store, batch, 0, 100) == .stored(rows: 95, refused: 5))
        let dead = try test.deadLetters()
        #expect(dead.map(\.offset) == refused.sorted())
        #expect(dead.allSatisfy { $0.reason.contains("rule_of_the_person") })
        #expect(try test.stored(["reading"]).count == 95)
        #expect(try store.positions(of: .results()).map(\.nextOffset) == [100])
    }

    @Test(arguments: TestedStore.allCases)
    func positionsKeepTheirWitnessAndAreNeverReset(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        defer { withExtendedLifetime(test) {} }
        let witness = Witness(offset: 41, digest: -5)
        let batch = RowBatch(shape: .results)
        let step = SinkAdvance(source: piezometer, from: 0, to: 42, witness: witness)
        #expect(try store.write(batch, to: .results(), advancing: [step]) == .stored(rows: 0, refused: 0))
        try store.begin(.results(), at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "another")])
        #expect(
            try store.positions(of: .results())
                == [SinkPosition(source: piezometer, nextOffset: 42, clusterID: "cluster", witness: witness)])
        // Progress without a record, over a transaction's marker, leaves the witness.
        let marker = SinkAdvance(source: piezometer, from: 42, to: 43)
        #expect(try store.write(batch, to: .results(), advancing: [marker]) == .stored(rows: 0, refused: 0))
        #expect(try store.positions(of: .results()).first?.witness == witness)
    }

    @Test(arguments: TestedStore.allCases)
    func rawRecordsOfAnyTopicAreKept(_ kind: TestedStore) throws {
        let test = try kind.make()
        let store = try test.open()
        let target = ViewTarget(view: try ViewName(word: "raw"), shape: .raw)
        _ = try store.migrate(target)
        let source = TopicPartition("any.topic", 3)
        try store.begin(target, at: [SinkPosition(source: source, nextOffset: 5, clusterID: "")])
        let batch = RowBatch(shape: .raw)
        batch.append("{\"a\":[1,2]}", key: "k", topic: "any.topic", partition: 3, at: 5, headers: "[[\"h\",\"v\"]]")
        batch.append(nil, key: nil, topic: "any.topic", partition: 3, at: 6)
        batch.append("not json", key: "k", topic: "any.topic", partition: 3, at: 7)
        batch.append("\"\\u0000\"", key: "k", topic: "any.topic", partition: 3, at: 8)
        batch.append("\"\\\\u0000\"", key: "k\0", topic: "any.topic", partition: 3, at: 9)
        batch.append("\"\\\\u0000\"", key: "", topic: "any.topic", partition: 3, at: 10)
        let outcome = try store.write(batch, to: target, advancing: [SinkAdvance(source: source, from: 5, to: 11)])
        #expect(outcome == .stored(rows: 3, refused: 3))
        let rows = try test.stored(["topic", "ts", "key", "value"], of: "raw", by: "offset")
        #expect(rows[0][..<3] == ["any.topic", "2022-04-15T22:06:39.999Z", "k"])
        #expect(rows[0][3].split(separator: " ").joined() == "{\"a\":[1,2]}")
        #expect(rows[1][2...] == ["∅", "∅"])
        // What is kept as JSON is read as JSON.
        #expect(rows[2][2] == "" && ["\"\\\\u0000\"", "\\u0000"].contains(rows[2][3]))
    }

    @Test(arguments: TestedStore.sql)
    func aReaderCannotWrite(_ kind: TestedStore) throws {
        let (test, _) = try begun(kind)
        for attempt in [
            "DELETE FROM record__g1", "DROP TABLE record__g1", "SELECT 1; DELETE FROM record__g1",
            "WITH gone AS (DELETE FROM kappa_offset RETURNING 1) SELECT * FROM gone", "COMMIT",
            "INSERT INTO record__g1 (id) VALUES (1)", "ATTACH '/tmp/other.db' AS other", "COPY record TO '/tmp/out'",
            "CREATE TABLE x (y int)", "PRAGMA journal_mode = DELETE", "SET default_transaction_read_only = off",
        ] {
            #expect(throws: StoreError.self, "\(attempt)") { try test.rows(attempt) }
        }
        #expect(try test.rows("SELECT sink FROM kappa_offset") == [["record__g1"]])
    }

    @Test(arguments: TestedStore.allCases)
    func manyRowsComeBackInOrder(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        let batch = RowBatch(shape: .results)
        for offset in 0..<5000 {
            batch.append(SampleResult(borehole: "BH-\(offset)", reading: "\(offset).5").json, at: Int64(offset))
        }
        #expect(try write(store, batch, 0, 5000) == .stored(rows: 5000, refused: 0))
        let rows = try test.stored(["reading"], by: "reading")
        #expect(rows.map { $0[0] } == (0..<5000).map { "\($0).5" })
    }

    @Test(arguments: TestedStore.allCases)
    func anotherGenerationIsShownAtOnceAndBack(_ kind: TestedStore) throws {
        let (test, store) = try begun(kind)
        let batch = RowBatch(shape: .results)
        batch.append(SampleResult(reading: "1").json, at: 0)
        #expect(try write(store, batch, 0, 1) == .stored(rows: 1, refused: 0))
        let next = ViewTarget(view: try ViewName(word: "record"), generation: 2)
        _ = try store.migrate(next)
        try store.begin(next, at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
        batch.removeAll()
        batch.append(SampleResult(reading: "2").json, at: 0)
        _ = try store.write(batch, to: next, advancing: [SinkAdvance(source: piezometer, from: 0, to: 1)])
        #expect(try test.stored(["reading"]) == [["1.0"]])
        try store.show(next)
        #expect(try test.stored(["reading"]) == [["2.0"]])
        // What is shown is not taken away; what is not shown goes with all that was kept of its sink, and only that.
        #expect(throws: StoreError.self) { try store.drop(next) }
        try store.show(.results())
        #expect(try test.stored(["reading"]) == [["1.0"]])
        try store.drop(next)
        try store.drop(next)
        #expect(try store.status(of: next).state == .missing)
        #expect(try store.positions(of: next).isEmpty)
        #expect(try test.stored(["reading"]) == [["1.0"]])
    }
}
