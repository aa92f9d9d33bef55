import KappaTestSupport
import Testing

/// Whatever a job gives out is stored, asked for and compared by its own fields.
@Suite("Fields from job to answer")
struct ResultFieldsTests {
    private final class Scene {
        let log: BrokerProcess
        let folder: TemporaryDirectory
        let postgres: PostgresServer
        let elastic: ElasticServer
        let stores: [(kind: String, address: String)]

        init() async throws {
            log = try await BrokerProcess.start()
            folder = try TemporaryDirectory()
            postgres = try PostgresServer.shared.get()
            let database = "fields\(UInt32.random(in: 0...UInt32.max))"
            try postgres.makeDatabase(database)
            let mariadb = try MariaDBServer.shared.get()
            try mariadb.makeDatabase(database)
            elastic = try ElasticServer()
            stores = [
                ("sqlite", "sqlite:\(folder.path)/views.db"), ("postgres", postgres.conninfo(database)),
                ("mysql", mariadb.url(database)), ("elasticsearch", elastic.address),
            ]
        }

        @discardableResult
        func kappa(_ words: [String], status: Int32 = 0) async throws -> ChildProcess.Result {
            let result = try await Kappa.run(words, environment: ["KAPPA_BROKERS": log.address])
            try #require(result.status == status, "\(words.joined(separator: " ")): \(result.errors)")
            return result
        }

        func produce(_ topic: String, _ lines: [String]) async throws {
            let file = try folder.write("\(topic).ndjson", lines.joined(separator: "\n") + "\n")
            try await kappa(["topics", "create", topic, "--if-not-exists"])
            try await kappa(["produce", topic, file])
        }

        func lines(_ words: [String]) async throws -> [String] {
            try await kappa(words).output.split(separator: "\n").map(String.init)
        }
    }

    private func reading(_ borehole: String, _ second: Int, _ value: Int) -> String {
        """
        {"borehole_number":"\(borehole)","instrument":"piezometer","surface_level":1,"northing":2,"easting":3,\
        "reading":\(value),"units":"kPa","timestamp":"2022-04-15T22:06:\(second)Z"}
        """
    }

    @Test func everyAggregateIsStoredAskedForAndDrawn() async throws {
        let scene = try await Scene()
        // Twenty readings of one window: 10, 20 … 200; by hand: mean 105, p50 105, p95 190.5.
        try await scene.produce("monitoring", (1...20).map { reading("BH-1", 10 + $0 % 10, $0 * 10) })
        // The ten-second windows 22:06:10 holds them all; a second borehole stays below the test.
        try await scene.produce("monitoring", [reading("BH-2", 12, 7)])
        try await scene.kappa([
            "process", "--drain", "--agg", "mean,count,min,max,sum,stddev,first,last,p50,p95",
        ])
        for (kind, address) in scene.stores {
            try await scene.kappa(["sink", kind, "--store", address, "--drain", "piezometer"])
            let ask = ["query", "--store", address, "--csv"]
            let fields = try await scene.lines(ask + ["--fields", "borehole,mean,p50,p95,count", "-B", "BH-1"])
            #expect(fields == ["boreholenumber,reading,p50,p95,count", "BH-1,105,105,190.5,20"])
            let deviation = try await scene.lines(ask + ["--fields", "stddev", "-B", "BH-1"])
            // The sample's deviation of 10, 20 … 200: 10 times the root of 35.
            #expect(abs((Double(deviation[1]) ?? 0) - 59.160797830996) < 1e-9)
            #expect(try await scene.lines(ask + ["--fields", "borehole", "--where", "p95 > 100"]).last == "BH-1")
            #expect(try await scene.lines(ask + ["--fields", "borehole", "--where", "p95 > 100"]).count == 2)
            let pivot = try await scene.lines(ask + ["--pivot", "borehole", "--value", "p95"])
            #expect(pivot == ["day,BH-1,BH-2", "2022-04-15,190.5,7"])
            let plot = try await scene.kappa([
                "query", "--store", address, "--plot", "\(scene.folder.path)/\(kind).svg", "--value", "p95",
            ])
            #expect(plot.status == 0 && Subprogram.read("\(scene.folder.path)/\(kind).svg").contains("p95"))
            let none = try await scene.kappa(ask + ["--fields", "p99"], status: 2)
            #expect(none.errors.contains("no column 'p99'") && none.errors.contains("p95"))
        }
    }

    @Test func otherKeysSelectionsAndCountsAreTablesOfTheirOwnFields() async throws {
        let scene = try await Scene()
        try await scene.produce(
            "climate",
            [("A", "s1", 20), ("A", "s2", 30), ("B", "s1", 40), ("A", "s1", 22)].map {
                #"{"site":"\#($0)","sensor":"\#($1)","temperature":\#($2),"timestamp":"2022-04-15T22:06:30Z"}"#
            })
        try await scene.kappa([
            "process", "-i", "climate", "-o", "warmth", "--key", "site,sensor", "--value", "temperature", "--carry", "",
            "--route", "", "--agg", "mean,max", "--drain",
        ])
        try await scene.produce("users", [#"{"login":{"uuid":"u1"},"name":{"first":"Ann"},"age":41}"#, #"{"age":7}"#])
        try await scene.kappa([
            "process", "map", "-i", "users", "-o", "people", "--select", "id=login.uuid,name.first,age", "--drain",
        ])
        try await scene.produce("words", ["to be or not to be"])
        try await scene.kappa(["process", "wordcount", "--per", "word", "-i", "words", "-o", "counts", "--drain"])
        for (kind, address) in scene.stores {
            let (sink, ask) = (
                ["sink", kind, "--store", address, "--drain", "--table"],
                ["query", "--store", address, "--csv", "--table"]
            )
            try await scene.kappa(sink + ["warmth", "warmth"])
            let rows = try await scene.lines(
                ask + ["warmth", "--fields", "site,sensor,mean,max", "--where", "site = A"])
            #expect(rows == ["site,sensor,temperature,max", "A,s1,21,22", "A,s2,30,30"])
            let pivot = try await scene.lines(ask + ["warmth", "--pivot", "site", "--agg", "max"])
            #expect(pivot == ["day,A,B", "2022-04-15,30,40"])
            try await scene.kappa(sink + ["people", "people"])
            let people = try await scene.lines(ask + ["people", "--fields", "id,name_first,age", "--oldest"])
            #expect(people == ["field_id,name_first,age", #"u1,Ann,"41""#, #",,"7""#])
            try await scene.kappa(sink + ["counts", "counts"])
            let counts = try await scene.lines(ask + ["counts", "--fields", "word,count"])
            #expect(Set(counts) == ["word,count", "to,2", "be,2", "or,1", "not,1"])
            // Another job's results are refused by name, and nothing of them is written.
            let other = try await scene.kappa(sink + ["warmth", "counts"], status: 1)
            #expect(other.errors.contains("holds other results") && other.errors.contains("--table"))
        }
    }

    @Test func selectedFieldsOfATypeAreColumnsOfThatType() async throws {
        let scene = try await Scene()
        try await scene.produce(
            "users",
            [
                #"{"login":{"uuid":"u1"},"age":41,"height":1.75,"at":"2022-04-15T22:06:30Z"}"#,
                #"{"login":{"uuid":"u2"},"height":2,"at":"2022-04-16T22:06:30+02:00"}"#,
                #"{"login":{"uuid":"u3"},"age":"old","height":1.6,"at":"2022-04-15T22:06:30Z"}"#,
            ])
        try await scene.kappa([
            "process", "map", "-i", "users", "-o", "people", "--drain", "--select",
            "id=login.uuid:text,age:whole?,height:number,at:time",
        ])
        let dead = try await scene.lines(["consume", "users.dead", "-e", "-f", "%s %h\n"])
        #expect(dead.count == 1 && dead[0].contains("u3") && dead[0].contains("wrong-type"))
        #expect(dead.first?.contains("kappa.field=age") == true)
        for (kind, address) in scene.stores {
            try await scene.kappa(["sink", kind, "--store", address, "--drain", "--table", "people", "people"])
            let ask = ["query", "--store", address, "--csv", "--table", "people"]
            let rows = try await scene.lines(
                ask + ["--fields", "id,age,height,at", "--where", "height > 1.7", "--oldest"])
            #expect(
                rows == [
                    "field_id,age,height,at", "u1,41,1.75,2022-04-15T22:06:30.000Z",
                    "u2,,2,2022-04-16T20:06:30.000Z",
                ])
            let later = try await scene.lines(ask + ["--fields", "id", "--since", "2022-04-16"])
            #expect(later == ["field_id", "u2"])
        }
    }

    @Test func aViewThatLacksAColumnIsMigratedInPlaceWithItsRows() async throws {
        let scene = try await Scene()
        try await scene.produce("monitoring", [reading("BH-1", 11, 10)])
        try await scene.kappa(["process", "--drain", "--agg", "mean,p95"])
        for (kind, address) in scene.stores {
            try await scene.kappa(["sink", kind, "--store", address, "--drain", "piezometer"])
        }
        // Another job, whose results have fields more.
        try await scene.produce("other", [reading("BH-2", 11, 20)])
        try await scene.kappa([
            "process", "--drain", "-i", "other", "--agg", "mean,p95,p50,count", "-o", "piezometer=more",
        ])
        for (kind, address) in scene.stores {
            try await scene.kappa(["sink", kind, "--store", address, "--drain", "more"])
            let rows = try await scene.lines([
                "query", "--store", address, "--csv", "--fields", "borehole,mean,p95,p50,count",
            ])
            #expect(
                rows.sorted() == ["BH-1,10,10,,", "BH-2,20,20,20,1", "boreholenumber,reading,p95,p50,count"], "\(kind)")
            let again = try await scene.kappa(["store", "migrate", "--store", address])
            #expect(again.errors.contains("is complete"))
        }
    }

    @Test func aFieldWithoutAColumnIsToldOnceWithTheCure() async throws {
        let scene = try await Scene()
        let result = """
            {"borehole_number":"BH-1","instrument":"piezometer","reading":5,"timestamp":"2022-04-15T22:06:19Z",\
            "window_start":"2022-04-15T22:06:10Z","window_end":"2022-04-15T22:06:20Z","count":1,"p95":5.5}
            """
        try await scene.produce("piezometer", [result, result])
        for (kind, address) in scene.stores {
            let sink = ["sink", kind, "--store", address, "--drain", "piezometer"]
            let told = try await scene.kappa(sink).errors
            #expect(told.components(of: "'p95'") == 1 && told.contains("kappa store migrate --field p95:number"))
            try await scene.kappa(["store", "migrate", "--store", address, "--field", "p95:number"])
            try await scene.produce("piezometer", [result])
            #expect(try await scene.kappa(sink).errors.contains("p95") == false)
            let rows = try await scene.lines(["query", "--store", address, "--csv", "--fields", "p95"])
            #expect(rows == ["p95", "5.5"])
        }
    }
}

extension String {
    fileprivate func components(of word: String) -> Int { ranges(of: word).count }
}
