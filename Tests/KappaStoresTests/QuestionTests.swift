import KappaCore
import Testing

@testable import KappaMariaDB
@testable import KappaPostgres
@testable import KappaSQLite
@testable import KappaStores

@Suite("What is asked of a view, on every store")
struct QuestionTests {
    private static let names = ["piezometer", "strain_gauge"]
    private let now = Timestamp(rfc3339: "2022-04-16T00:00:00Z")!

    /// Two instruments, boreholes BH-1…BH-3, one window of ten seconds in each of four minutes; the reading is
    /// 100 × borehole + minute for piezometers and its negative for strain gauges.
    private func filled(_ kind: TestedStore) throws -> TestStore {
        let test = try kind.make()
        let store = try test.open()
        _ = try store.migrate(.results())
        try store.begin(.results(), at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
        let batch = RowBatch(shape: .results)
        var offset: Int64 = 0
        for minute in 0..<4 {
            for borehole in 1...3 {
                for (name, sign) in [("piezometer", 1), ("strain_gauge", -1)] {
                    let sample = SampleResult(
                        borehole: "BH-\(borehole)", instrument: name, reading: "\(sign * (100 * borehole + minute))",
                        windowStart: "2022-04-15T22:0\(minute):00.000Z", windowEnd: "2022-04-15T22:0\(minute):10.000Z",
                        timestamp: "2022-04-15T22:0\(minute):09.000Z")
                    batch.append(sample.json, at: offset)
                    offset += 1
                }
            }
        }
        let step = SinkAdvance(source: piezometer, from: 0, to: offset)
        #expect(try store.write(batch, to: .results(), advancing: [step]) == .stored(rows: 24, refused: 0))
        return test
    }

    /// The answer to a statement that one of the ways to rows would ask.
    private func ask(_ test: TestStore, _ make: (inout QueryText) throws -> SQLStatement) throws -> [[String]] {
        let store = try test.open(for: .reading) as! any SQLStore
        var text = QueryText(try ViewName(word: "record"), store.dialect)
        let statement = try make(&text)
        return try TestStore.all(store.read(statement))
    }

    private func readings(
        _ kind: TestedStore, _ test: TestStore, _ change: (inout ViewQuery) throws -> Void
    ) throws -> [Double] {
        var query = ViewQuery(now: now)
        try change(&query)
        return try test.answer(.rows(query, columns: ["reading"])).map { Double($0[0])! }
    }

    /// Also a value that is longer than any buffer at the start, and one that would be read as text.
    @Test(arguments: TestedStore.sql)
    func bytesThatAreNoTextComeAsHexadecimalDigits(_ kind: TestedStore) throws {
        let test = try kind.make()
        _ = try test.open().migrate(.results())
        let (literal, repeated) =
            switch kind {
            case .sqlite: ("x'00fF41'", "CAST(printf('%.*c', 5000, 'A') AS BLOB)")
            case .postgres: ("'\\x00fF41'::bytea", "repeat('A', 5000)::bytea")
            case .mariadb, .elastic: ("x'00fF41'", "CAST(repeat('A', 5000) AS BINARY)")
            }
        let empty = kind == .postgres ? "''::bytea" : "x''"
        let rows = try test.rows("SELECT \(literal) AS a, \(repeated) AS b, \(empty) AS c, 'text' AS d")
        #expect(rows == [["\\x00ff41", "\\x" + String(repeating: "41", count: 5000), "\\x", "text"]])
    }

    @Test(arguments: TestedStore.allCases)
    func theNewestRowsComeFirstUnlessTheOldestAreWanted(_ kind: TestedStore) throws {
        let test = try filled(kind)
        #expect(try readings(kind, test) { $0.limit = 3 } == [103, -103, 203])
        #expect(
            try readings(kind, test) {
                $0.limit = 2
                $0.oldestFirst = true
            } == [100, -100])
        #expect(try readings(kind, test) { $0.limit = 0 } == [])
    }

    @Test(arguments: TestedStore.allCases)
    func namesGlobsAndTimesSelect(_ kind: TestedStore) throws {
        let test = try filled(kind)
        #expect(try readings(kind, test) { $0.boreholes = ["BH-2"] }.count == 8)
        #expect(try readings(kind, test) { $0.boreholes = ["BH-2", "*-3"] }.count == 16)
        #expect(try readings(kind, test) { $0.boreholes = ["BH-?"] }.count == 24)
        // The letters of LIKE and of SQLite's globs are only letters.
        #expect(try readings(kind, test) { $0.boreholes = ["BH_2", "BH-%", "BH-[123]*"] } == [])
        #expect(try readings(kind, test) { $0.instruments = ["strain*"] }.allSatisfy { $0 < 0 })
        #expect(
            try readings(kind, test) {
                $0.since = Timestamp(rfc3339: "2022-04-15T22:01:09Z")
                $0.until = Timestamp(rfc3339: "2022-04-15T22:02:09Z")
                $0.instruments = ["piezometer"]
            } == [101, 201, 301])
    }

    @Test(arguments: TestedStore.allCases)
    func testsOfFieldsSelect(_ kind: TestedStore) throws {
        let test = try filled(kind)
        func select(_ words: String...) throws -> [Double] {
            try readings(kind, test) { $0.predicates = try words.map { try FieldPredicate($0) } }
        }
        #expect(try select("reading > 302") == [303])
        #expect(try select("value <= -303") == [-303])
        #expect(try select("borehole = BH-1", "instrument != piezometer", "ts < 2022-04-15T22:01:00Z") == [-100])
        #expect(try select("instrument ~ gauge", "reading > -101") == [-100])
        #expect(try select("units = null") == [])
        #expect(try select("units != null").count == 24)
        #expect(try select("count = 2.5") == [])
        #expect(throws: StoreError.self) { try select("reading > much") }
        #expect(throws: StoreError.self) { try select("nothing = 1") }
        #expect(throws: StoreError.self) { try select("id\" OR 1=1 -- = 1") }
    }

    @Test(arguments: TestedStore.allCases)
    func theLatestRowOfEachKeyIsFound(_ kind: TestedStore) throws {
        let test = try filled(kind)
        #expect(try readings(kind, test) { $0.latestOnly = true } == [103, -103, 203, -203, 303, -303])
        #expect(
            try readings(kind, test) {
                $0.latestOnly = true
                $0.instruments = ["piezometer"]
                $0.until = Timestamp(rfc3339: "2022-04-15T22:02:00Z")
            } == [101, 201, 301])
        #expect(
            try readings(kind, test) {
                $0.latestOnly = true
                $0.boreholes = ["nobody"]
            } == [])
    }

    /// By way of the newest rows and by way of the keys, whatever the names, the answer is the one of the plain scan.
    @Test(arguments: TestedStore.allCases)
    func fewRowsOfSomeNamesAreTheSameByEveryWay(_ kind: TestedStore) throws {
        let test = try filled(kind)
        // A store that is not asked in SQL is held against one that is.
        let oracle = test.elastic == nil ? test : try filled(.sqlite)
        let names: [(instruments: [String], boreholes: [String])] = [
            (["piezometer"], []), ([], ["BH-2"]), ([], ["BH-2", "BH-3", "BH-3"]), (["strain*"], []), ([], ["*-1"]),
            (["piezometer", "strain_gauge"], ["BH-1"]), (["piez*"], ["BH-?"]), (["nothing"], []), ([], ["nobody"]),
            (["strain_gauge", "nothing"], ["BH-2", "nobody"]),
        ]
        for (instruments, boreholes) in names {
            for (limit, isOldest) in [(1, false), (5, false), (3, true), (100, false)] {
                var query = ViewQuery(now: now)
                (query.instruments, query.boreholes, query.limit) = (instruments, boreholes, limit)
                query.oldestFirst = isOldest
                query.until = isOldest ? nil : Timestamp(rfc3339: "2022-04-15T22:03:00Z")
                query.predicates = limit == 5 ? [try FieldPredicate("reading < 300")] : []
                #expect(query.isForFew)
                let plain = try ask(oracle) { try $0.rows(query, columns: ["ts", "reading"]) }
                #expect(try test.answer(.rows(query, columns: ["ts", "reading"])) == plain)
                guard kind == .sqlite || kind == .postgres else { continue }
                #expect(try ask(test) { try $0.byKey(query, columns: ["ts", "reading"]) } == plain)
                #expect(try ask(test) { try $0.recent(query, columns: ["ts", "reading"]) } == plain)
                let count = try ask(test) { try $0.recentCount(query) }
                #expect(Double(count[0][0]) == Double(plain.count))
            }
        }
    }

    @Test(arguments: TestedStore.allCases)
    func nothingIsTheLatestOfAnEmptyView(_ kind: TestedStore) throws {
        let test = try kind.make()
        _ = try test.open().migrate(.results())
        #expect(try readings(kind, test) { $0.latestOnly = true } == [])
    }

    @Test(arguments: TestedStore.allCases)
    func bucketsHoldTheMeanOfAllTheirReadings(_ kind: TestedStore) throws {
        let test = try filled(kind)
        var query = ViewQuery(now: now)
        query.boreholes = ["BH-1"]
        query.instruments = ["piezometer"]
        let grouping = Grouping(bucketSeconds: 120)
        let rows = try test.answer(.buckets(query, grouping, [.count, .rows, .sum, .mean, .max]))
        // Every window of the samples says count 3, sum 341.88 and max 120.5, whatever its reading.
        #expect(rows.map { $0[0] } == ["2022-04-15T22:02:00.000Z", "2022-04-15T22:00:00.000Z"])
        for row in rows {
            #expect(row[1...2] == ["BH-1", "piezometer"])
            #expect(row[3...4].map { Double($0) } == [6, 2])
            #expect(abs(Double(row[5])! - 683.76) < 1e-9 && abs(Double(row[6])! - 113.96) < 1e-9)
            #expect(Double(row[7]) == 120.5 && row[8] == "kPa")
        }
    }

    @Test(arguments: TestedStore.allCases)
    func bucketsBefore1970BeginAtTheirFloor(_ kind: TestedStore) throws {
        let test = try kind.make()
        let store = try test.open()
        _ = try store.migrate(.results())
        try store.begin(.results(), at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
        let batch = RowBatch(shape: .results)
        batch.append(SampleResult(timestamp: "1969-12-31T23:30:00Z").json, at: 0)
        _ = try store.write(batch, to: .results(), advancing: [SinkAdvance(source: piezometer, from: 0, to: 1)])
        let rows = try test.answer(
            .buckets(ViewQuery(now: now), Grouping(bucketSeconds: 3600, dimensions: []), [.rows]))
        #expect(rows[0][0] == "1969-12-31T23:00:00.000Z")
    }

    @Test(arguments: TestedStore.allCases)
    func injectionAttemptsAreOnlyNames(_ kind: TestedStore) throws {
        let test = try filled(kind)
        let attempts = [
            "' OR '1'='1", "'; DROP TABLE record__g1; --", "BH-1'--", "\\", "$1", "?1", "BH-1\" OR \"\"=\"",
            "*' OR true --", "%' ESCAPE '", "\u{0}x",
        ]
        for attempt in attempts {
            #expect(try readings(kind, test) { $0.boreholes = [attempt] } == [], "\(attempt)")
            #expect(try readings(kind, test) { $0.instruments = [attempt] } == [], "\(attempt)")
            #expect(
                try readings(kind, test) { $0.predicates = [try FieldPredicate("units = \(attempt)")] } == [],
                "\(attempt)")
            #expect(throws: StoreError.self) { try ViewName(word: attempt) }
        }
        #expect(try readings(kind, test) { $0.limit = 100 }.count == 24)
    }

    @Test(arguments: TestedStore.allCases)
    func countsAndTotalsAreThoseOfTheRows(_ kind: TestedStore) throws {
        let test = try filled(kind)
        var query = ViewQuery(now: now)
        #expect(try test.answer(.count(query)).map { Double($0[0]) } == [24])
        query.boreholes = ["BH-2"]
        #expect(try test.answer(.count(query)).map { Double($0[0]) } == [8])
        let totals = try test.open(for: .reading).totals(of: ViewName(word: "record"))
        // Every window of the samples counts three readings.
        #expect(totals.rows == 24 && totals.readings == 72)
    }

    @Test(arguments: TestedStore.allCases)
    func gapsAreFoundKeyByKey(_ kind: TestedStore) throws {
        let test = try filled(kind)
        var query = ViewQuery(now: now)
        query.boreholes = ["BH-1", "BH-3"]
        query.instruments = ["piezometer"]
        var found: [String] = []
        let store = try test.open(for: .reading)
        try store.gaps(query, until: Timestamp(rfc3339: "2022-04-15T22:06:10Z")!, of: ViewName(word: "record")) {
            found.append("\($0.names[0]) \($1.from) \($1.missing) \($1.isOverdue)")
        }
        // The last window ends at 22:03:10, the rhythm is a minute.
        #expect(
            found == ["BH-1 2022-04-15T22:03:10.000Z 3 true", "BH-3 2022-04-15T22:03:10.000Z 3 true"])
    }

    @Test(arguments: TestedStore.allCases)
    func aFollowerShowsWhatComesAndNothingTwice(_ kind: TestedStore) throws {
        let test = try filled(kind)
        let (store, view) = (try test.open(for: .reading), try ViewName(word: "record"))
        let place = try store.totals(of: view).place
        let follower = try store.follow(ViewQuery(now: now), columns: ["reading"], of: view, after: nil)
        #expect(try TestStore.all(follower.arrivals()) == [])
        let writer = try test.open()
        for step in 0..<3 {
            let batch = RowBatch(shape: .results)
            let offset = Int64(24 + step)
            batch.append(
                SampleResult(borehole: "BH-new", reading: "\(step)", windowStart: "2022-04-16T00:0\(step):00Z").json,
                at: offset)
            let advance = SinkAdvance(source: piezometer, from: offset, to: offset + 1)
            #expect(try writer.write(batch, to: .results(), advancing: [advance]) == .stored(rows: 1, refused: 0))
            #expect(try TestStore.all(follower.arrivals()).map { Double($0[0]) } == [Double(step)])
            #expect(try TestStore.all(follower.arrivals()) == [])
        }
        // From a place that somebody kept, nothing is left out.
        let later = try store.follow(ViewQuery(now: now), columns: ["reading"], of: view, after: place)
        #expect(try TestStore.all(later.arrivals()).map { Double($0[0]) } == [0, 1, 2])
    }

    @Test(arguments: TestedStore.allCases)
    func aQuestionToAnotherViewSaysWhatIsAmiss(_ kind: TestedStore) throws {
        let test = try kind.make()
        let store = try test.open()
        let query = ViewQuery(now: now)
        let missing = #expect(throws: StoreError.self) {
            try store.answer(.rows(query, columns: ["reading"]), of: ViewName(word: "record"))
        }
        #expect(missing?.code == .schema && missing?.hint?.contains("kappa sink") == true)
        try test.makeForeign("other")
        let foreign = #expect(throws: StoreError.self) {
            try store.answer(.rows(query, columns: ["reading"]), of: ViewName(word: "other"))
        }
        #expect(foreign?.code == .schema && foreign?.hint?.contains("no view of results") == true)
    }
}
