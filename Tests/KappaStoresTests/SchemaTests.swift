import KappaCore
import KappaTestSupport
import Testing

@testable import KappaMariaDB
@testable import KappaPostgres
@testable import KappaSQLite
@testable import KappaStores

@Suite("Fields of results, on every store")
struct SchemaTests {
    private static let wide: ResultSchema = {
        var schema = ResultSchema.standard
        schema.fields += ["stddev", "first", "last", "p50", "p95"].map { ResultField($0, .number) }
        return schema
    }()
    private static let sites = ResultSchema(fields: [
        ResultField("site", .text, isKey: true), ResultField("sensor", .number, isKey: true),
        ResultField("temperature", .number, role: .value), ResultField("timestamp", .time, role: .time),
        ResultField("window_start", .time, isKey: true), ResultField("window_end", .time, isRequired: true),
        ResultField("count", .whole),
    ])

    private func target(_ schema: ResultSchema, _ name: String = "record") throws -> ViewTarget {
        ViewTarget(view: try ViewName(word: name), results: schema)
    }

    /// Stores records of a schema as a sink does, from an offset on.
    private func store(
        _ lines: [String], _ schema: ResultSchema, in test: TestStore, from: Int64 = 0, table: String = "record"
    ) throws {
        let store = try test.open()
        var target = try target(schema, table)
        _ = try store.migrate(target)
        target.results = try #require(try store.schema(of: target))
        try store.begin(target, at: [SinkPosition(source: piezometer, nextOffset: from, clusterID: "")])
        let batch = RowBatch(shape: .results, schema: target.results)
        for (index, line) in lines.enumerated() { batch.append(line, at: from + Int64(index)) }
        let step = SinkAdvance(source: piezometer, from: from, to: from + Int64(lines.count))
        #expect(
            try store.write(batch, to: target, advancing: [step]) == .stored(rows: lines.count, refused: 0))
    }

    private func wideLine(_ borehole: String, _ p95: String) -> String {
        String(SampleResult(borehole: borehole).json.dropLast())
            + ",\"stddev\":1.5,\"first\":101,\"last\":102,\"p50\":110,\"p95\":\(p95)}"
    }

    @Test(arguments: TestedStore.allCases)
    func aViewGetsTheColumnsOfWhatComesToItAndKeepsItsRows(_ kind: TestedStore) throws {
        let test = try kind.make()
        try store([SampleResult().json], .standard, in: test)
        // As a version without declared fields left it.
        if test.elastic == nil { try test.execute(["DROP TABLE kappa_table"]) }
        try store([wideLine("BH-2", "119.5"), wideLine("BH-3", "null")], SchemaTests.wide, in: test, from: 1)
        var query = ViewQuery(now: Timestamp(milliseconds: 0))
        query.oldestFirst = true
        let rows = try test.answer(.rows(query, columns: ["borehole", "mean", "p95", "stddev", "source_offset"]))
        #expect(rows.map { $0[0] } == ["BH-2", "BH-3", "BH-9483"])
        #expect(rows.map { $0[2] } == ["119.5", "∅", "∅"] && rows.map { $0[3] } == ["1.5", "1.5", "∅"])
        #expect(rows.map { Double($0[4]) } == [1, 2, 0])
        query.predicates = [try FieldPredicate("p95 > 100")]
        #expect(try test.answer(.rows(query, columns: ["borehole"])) == [["BH-2"]])
        query.predicates = []
        query.value = "p95"
        let days = Grouping(dimensions: [.day])
        #expect(try test.answer(.buckets(query, days, [.mean, .max])).map { Double($0[1]) } == [119.5])
        // What was stored before comes to the same table still.
        try store([SampleResult(borehole: "BH-4").json], .standard, in: test, from: 3)
        #expect(try test.answer(.count(query)).map { Double($0[0]) } == [4])
    }

    @Test(arguments: TestedStore.allCases)
    func resultsWithKeysOfTheirOwnAreRowsLikeOthers(_ kind: TestedStore) throws {
        let test = try kind.make()
        func line(_ site: String, _ sensor: Int, _ minute: Int, _ value: Double) -> String {
            """
            {"site":"\(site)","sensor":\(sensor),"temperature":\(value),"timestamp":"2022-04-15T22:0\(minute):09Z",\
            "window_start":"2022-04-15T22:0\(minute):00Z","window_end":"2022-04-15T22:0\(minute):10Z","count":2}
            """
        }
        let lines = [line("A", 1, 0, 20), line("A", 2, 0, 30), line("B", 1, 0, 40), line("A", 1, 1, 21)]
        try store(lines, SchemaTests.sites, in: test)
        try store([line("A", 1, 1, 22)], SchemaTests.sites, in: test, from: 4)
        var query = ViewQuery(now: Timestamp(milliseconds: 0))
        query.latestOnly = true
        let latest = try test.answer(.rows(query, columns: ["site", "sensor", "mean"]))
        #expect(latest.map { $0[0] } == ["A", "A", "B"] && latest.map { Double($0[2]) } == [22, 30, 40])
        query.latestOnly = false
        let buckets = try test.answer(.buckets(query, Grouping(bucketSeconds: 3600), [.mean, .count]))
        #expect(buckets.map { Double($0[3]) } == [21, 30, 40] && buckets.map { Double($0[4]) } == [4, 2, 2])
        query.instruments = ["x"]
        #expect(throws: StoreError.self) { try test.answer(.count(query)) }
        // Another job's results are no rows of this table; with no row it would have become theirs.
        let boreholes = try target(.standard)
        #expect(throws: StoreError.self) { try test.open().migrate(boreholes) }
        _ = try test.open().migrate(try target(.standard, "other"))
        _ = try test.open().migrate(try target(SchemaTests.sites, "other"))
        #expect(try test.open().schema(of: ViewName(word: "other")) == SchemaTests.sites)
    }

    @Test(arguments: TestedStore.allCases)
    func resultsWithoutAKeyStandEachForThemselves(_ kind: TestedStore) throws {
        let test = try kind.make()
        let schema = ResultSchema(fields: [ResultField("id", .any), ResultField("name", .any)])
        let lines = [#"{"id":7,"name":"Ann"}"#, #"{"id":"x\n","name":{"a":[1]}}"#, #"{"id":7,"name":null}"#]
        try store(lines, schema, in: test, table: "people")
        let query = ViewQuery(now: Timestamp(milliseconds: 0))
        let rows = try test.answer(.rows(query, columns: ["id", "name"]), of: "people")
        // The newest first, by arrival.
        #expect(rows.map { $0[1] } == ["∅", #"{"a":[1]}"#, "Ann"])
        let store = try test.open()
        var again = try target(schema, "people")
        again.results = try #require(try store.schema(of: again))
        let batch = RowBatch(shape: .results, schema: schema)
        batch.append(lines[0], at: 0)
        #expect(
            try store.write(batch, to: again, advancing: [SinkAdvance(source: piezometer, from: 3, to: 4)])
                == .stored(rows: 1, refused: 0))
        #expect(try test.answer(.count(query), of: "people").map { Double($0[0]) } == [3])
    }

    @Test func aFieldThatNoColumnKeepsIsToldOnce() throws {
        let batch = RowBatch(shape: .results)
        for offset in 0..<3 { batch.append(wideLine("BH-\(offset)", "1"), at: Int64(offset)) }
        var names: [String] = []
        while let name = batch.takeUnknownField() { names.append(name) }
        #expect(names == ["stddev", "first", "last", "p50", "p95"] && batch.rowCount == 3)
        batch.removeAll()
        batch.append(wideLine("BH-9", "1"), at: 3)
        #expect(batch.takeUnknownField() == nil)
    }
}
