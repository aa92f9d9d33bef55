import Glibc
import KappaCore
import KappaHTTP
import KappaTestSupport
import Testing

@testable import KappaElastic
@testable import KappaStores

@Suite("Elasticsearch and OpenSearch")
struct ElasticTests {
    private func begun(_ address: StoreAddress, _ sources: [TopicPartition] = [piezometer]) throws -> any ViewStore {
        let store = try address.open(for: .writing)
        _ = try store.migrate(.results())
        try store.begin(.results(), at: sources.map { SinkPosition(source: $0, nextOffset: 0, clusterID: "") })
        return store
    }

    /// Readings equal to their offsets, of as many boreholes as there are, or of `keys` of them.
    private func batch(_ offsets: Range<Int64>, keys: Int64 = .max, partition: Int32 = 0) -> RowBatch {
        let batch = RowBatch(shape: .results)
        for offset in offsets {
            batch.append(
                SampleResult(borehole: "BH-\(offset % keys)", reading: "\(offset)").json, partition: partition,
                at: offset)
        }
        return batch
    }

    private func step(_ from: Int64, _ to: Int64, partition: Int32 = 0) -> [SinkAdvance] {
        [SinkAdvance(source: TopicPartition("piezometer", partition), from: from, to: to)]
    }

    private func readings(_ server: ElasticServer) throws -> [Int64] {
        try server.documents(of: "record", by: "reading").compactMap { document in
            if case .real(let value) = document.member("reading") { return Int64(value) }
            return document.member("reading").whole
        }
    }

    // MARK: Faults

    @Test func itemsThatAreTurnedAwayAreSentAgainAndOnlyThose() throws {
        let door = try FaultyDoor()
        let store = try begun(try door.address)
        try door.set(["items": .real(0.3)])
        let outcome = try store.write(batch(0..<1000), to: .results(), advancing: step(0, 1000))
        #expect(outcome == .stored(rows: 1000, refused: 0))
        #expect(try readings(door.server) == Array(0..<1000))
        let (sent, forwarded, refused) = try (door.count("items"), door.count("forwarded"), door.count("refused"))
        #expect(forwarded == 1000 && sent == 1000 + refused && refused > 200)
        #expect(try store.positions(of: .results()).map(\.nextOffset) == [1000])
    }

    @Test(arguments: ["before", "after"])
    func aCutLosesAndDoublesNothing(_ moment: String) throws {
        let door = try FaultyDoor()
        _ = try begun(try door.address)
        let address = try door.address
        let writer = StoreWriter(address: address, target: .results(), notice: { _ in }, wait: { _ in false })
        for round in 0..<5 {
            let (from, to) = (Int64(round) * 100, Int64(round + 1) * 100)
            try door.set(["cut": .text(moment), "cuts": 3])
            // The later rounds write over the keys of the first ones.
            let outcome = try writer.write(batch(from..<to, keys: 200), advancing: step(from, to))
            #expect(outcome == .stored(rows: 100, refused: 0))
        }
        // libcurl itself tries once more where an old connection is cut.
        #expect(try door.count("cuts") == 15 && writer.retries >= 5)
        // The last record of each of the 200 keys: 300 … 499.
        #expect(try readings(door.server) == Array(300..<500))
        #expect(try address.open(for: .reading).positions(of: .results()).map(\.nextOffset) == [500])
    }

    @Test func aSinkThatWakesLateChangesNothing() throws {
        let door = try FaultyDoor()
        let address = try door.address
        let early = try begun(address)
        try door.set(["hold": true])
        nonisolated(unsafe) var outcome: Result<WriteOutcome, any Error>?
        nonisolated(unsafe) let zombie = early
        nonisolated(unsafe) let late = batch(0..<50, keys: 10)
        let steps = step(0, 50)
        let thread = WorkerThread("zombie") {
            outcome = Result { try zombie.write(late, to: .results(), advancing: steps) }
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while try door.count("bulks") < 1, ContinuousClock.now < deadline { usleep(20_000) }
        #expect(try door.count("bulks") == 1)
        // Past the door, another sink has taken over and is further by now.
        let straight = try #require(try StoreAddress.elastic(door.server.address, kind: "x", takesPlain: false))
        let other = try straight.open(for: .writing)
        #expect(
            try other.write(batch(0..<100, keys: 10), to: .results(), advancing: step(0, 100))
                == .stored(rows: 100, refused: 0))
        try door.set([:])
        thread.join()
        #expect(try outcome?.get() == .fenced)
        #expect(try readings(door.server) == Array(90..<100))
        #expect(try other.positions(of: .results()).map(\.nextOffset) == [100])
    }

    @Test func aPartitionThatIsAddedIsNewerThanWhatTheOldOneHolds() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        let store = try begun(address)
        // The old partition holds a million records, of which a few were read when the new one comes.
        _ = try store.write(batch(0..<10, keys: 1), to: .results(), advancing: step(0, 10))
        let added = TopicPartition("piezometer", 1)
        try store.begin(
            .results(), at: [SinkPosition(source: added, nextOffset: 0, clusterID: "")],
            logEnds: [piezometer: 3_000_000_000_000])
        _ = try store.write(batch(0..<1, keys: 1, partition: 1), to: .results(), advancing: step(0, 1, partition: 1))
        // The rest of the old partition comes later and is older.
        let rest = batch(2_999_999_999_000..<2_999_999_999_010, keys: 1)
        let outcome = try store.write(rest, to: .results(), advancing: step(10, 2_999_999_999_010))
        #expect(outcome == .stored(rows: 10, refused: 0))
        let document = try #require(try server.documents(of: "record").first)
        #expect(document.member("source_partition").whole == 1)
        #expect(try server.documents(of: "record").count == 1)
    }

    @Test func documentsThatAreRefusedAreKeptBeforeThePositionMoves() throws {
        let door = try FaultyDoor()
        let store = try begun(try door.address)
        try door.set(["bad": "BH-7"])
        // The first, some in the middle and the last are refused: 7, 70 … 79.
        let outcome = try store.write(batch(7..<80), to: .results(), advancing: step(0, 80))
        #expect(outcome == .stored(rows: 62, refused: 11))
        let letters = try door.server.documents(of: "kappa_dead_letter", by: "offset")
        #expect(letters.compactMap { $0.member("offset").whole } == [7] + Array(70..<80))
        #expect(
            letters.allSatisfy { $0.member("reason").string?.hasPrefix("mapper_parsing_exception: failed") == true })
        #expect(letters[0].member("value").string == SampleResult(borehole: "BH-7", reading: "7").json)
        #expect(try store.positions(of: .results()).map(\.nextOffset) == [80])
    }

    @Test func aRequestThatIsTooLongIsHalvedAndAFullClusterIsWaitedFor() throws {
        let door = try FaultyDoor()
        let store = try begun(try door.address)
        try door.set(["limit": 20_000, "whole": 3])
        let outcome = try store.write(batch(0..<300), to: .results(), advancing: step(0, 300))
        #expect(outcome == .stored(rows: 300, refused: 0))
        #expect(try readings(door.server) == Array(0..<300))
        #expect(try door.count("bulks") > 6 && door.count("longest") > 20_000)
    }

    @Test func aFullDiskIsToldOnceAndWaitedFor() throws {
        let door = try FaultyDoor()
        let address = try door.address
        _ = try begun(address)
        try door.set(["block": true])
        nonisolated(unsafe) var told: [String] = []
        nonisolated(unsafe) var waits = 0
        let writer = StoreWriter(
            address: address, target: .results(),
            notice: { if case .trouble(let error) = $0 { told.append(error.message) } },
            wait: { _ in
                waits += 1
                if waits == 3 { try? door.set([:]) }
                return false
            })
        let outcome = try writer.write(batch(0..<5), advancing: step(0, 5))
        #expect(outcome == .stored(rows: 5, refused: 0) && writer.retries == 3)
        #expect(told.count == 1 && told[0].contains("disk usage"))
        #expect(try door.server.documents(of: "kappa_dead_letter").isEmpty)
    }

    /// What real servers answered, item by item.
    @Test func recordedAnswersAreTakenForWhatTheyAre() throws {
        let text = Subprogram.read("\(Kappa.packageRoot)/Tests/KappaStoresTests/Fixtures/elastic-bulk-answers.ndjson")
        var seen: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let record = try #require(JSONDocument(Array(line.utf8)).map { JSONTree($0.root) })
            let answer = ElasticAnswer(
                status: Int(record.member("status").whole ?? 0), body: Array((record.member("body").string ?? "").utf8))
            for item in answer.root.member("items").items {
                let (action, said) = try #require(item.fields.first)
                let error = said.member("error")
                let outcome = BulkItem(
                    status: Int(said.member("status").whole ?? 0), type: error.member("type").string ?? "",
                    reason: error.member("reason").string ?? "", isDelete: action == "delete")
                let name = record.member("name").string ?? ""
                let word = ElasticTests.word(outcome)
                #expect(word == ElasticTests.expected(name, said), "\(record.member("server")) \(name)")
                seen[word, default: 0] += 1
            }
        }
        #expect(seen.keys.sorted() == ["again", "blocked", "done", "refused", "stopped"])
        #expect(text.split(separator: "\n").count == 255)
    }

    private static func word(_ outcome: BulkItem) -> String {
        switch outcome {
        case .stored, .superseded: "done"
        case .tryAgain: "again"
        case .blocked: "blocked"
        case .refused: "refused"
        case .stopped: "stopped"
        }
    }

    /// By the request that was made: what its name says was done to the server.
    private static func expected(_ name: String, _ said: JSONTree) -> String {
        let status = said.member("status").whole ?? 0
        if (200...299).contains(status) || status == 409 { return "done" }
        if name.hasPrefix("delete: ") { return "done" }
        for word in ["flood-stage block", "write block", "closed index"] where name.hasPrefix(word) { return "blocked" }
        for word in ["timeout and wait", "primary not active", "429"] where name.hasPrefix(word) { return "again" }
        for word in [
            "mixed indices", "require_alias", "pipeline", "bulk through an alias", "empty id",
        ] where name.hasPrefix(word) { return "stopped" }
        return "refused"
    }

    // MARK: Indices

    private func target(_ layout: TableLayout, generation: Int = 1) -> ViewTarget {
        var target = ViewTarget.results()
        (target.layout, target.generation) = (layout, generation)
        return target
    }

    private func dated(_ store: any ViewStore, _ target: ViewTarget) throws {
        _ = try store.migrate(target)
        try store.begin(target, at: [SinkPosition(source: piezometer, nextOffset: 0, clusterID: "")])
        let batch = RowBatch(shape: .results)
        let starts = ["2026-10-31T23:59:50Z", "2026-11-01T00:00:00Z", "2026-11-28T10:00:00Z"]
        for (offset, start) in starts.enumerated() {
            batch.append(
                SampleResult(instrument: "water_standpipe", reading: "\(offset)", windowStart: start).json,
                at: Int64(offset))
        }
        #expect(try store.write(batch, to: target, advancing: step(0, 3)) == .stored(rows: 3, refused: 0))
    }

    @Test func anIndexForEachMonthHoldsItsWindows() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        let store = try address.open(for: .writing)
        try dated(store, target(TableLayout(period: .month)))
        #expect(try server.documents(of: "record__g1-2026.10").count == 1)
        #expect(try server.documents(of: "record__g1-2026.11").count == 2)
        #expect(try readings(server) == [0, 1, 2])
        // The mapping is the declared one, not one that the server guessed.
        let mapping = try server.ask(.get, "/record__g1-2026.11/_mapping").member("record__g1-2026.11")
        #expect(mapping.member("mappings").member("properties").member("reading").member("type").string == "double")
        #expect(try store.status(of: .results()).state == .current)
        // A month that somebody deleted is made again when a correction of it comes.
        try server.ask(.delete, "/record__g1-2026.10")
        let late = RowBatch(shape: .results)
        late.append(
            SampleResult(instrument: "water_standpipe", reading: "9", windowStart: "2026-10-31T23:59:50Z").json, at: 3)
        #expect(try store.write(late, to: .results(), advancing: step(3, 4)) == .stored(rows: 1, refused: 0))
        #expect(try readings(server) == [1, 2, 9])
    }

    @Test func dailyIndicesCanBearTheNamesOfOld() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        let store = try address.open(for: .writing)
        let layout = TableLayout(period: .day, pattern: "{instrument}-logs-%Y.%m.%d")
        let steps = try store.migrate(target(layout))
        #expect(steps.contains { $0.contains("cost the cluster memory") })
        try dated(store, target(layout))
        #expect(try server.documents(of: "water-standpipe-logs-2026.10.31").count == 1)
        #expect(try server.documents(of: "water-standpipe-logs-*").count == 3)
        // The next generation stands beside it and is no part of the old pattern.
        try dated(store, target(layout, generation: 2))
        #expect(try server.documents(of: "water-standpipe-logs-*").count == 3)
        #expect(try readings(server).count == 3)
        try store.show(target(.whole, generation: 2))
        try store.drop(.results())
        #expect(try readings(server) == [0, 1, 2])
        #expect(try server.documents(of: "water-standpipe-logs-*").isEmpty)
    }

    @Test(arguments: [
        "{nothing}-%Y", "{reading}-%Y", "UPPER-%Y", "-x-%Y", "x-%d", "x-%q", "a b-%Y", "{instrument}-%Y.%m",
    ])
    func patternsThatCannotBeNamesAreRefused(_ pattern: String) throws {
        let error = #expect(throws: StoreError.self) {
            try IndexNames(target(TableLayout(period: .day, pattern: pattern)))
        }
        #expect(error?.code == .usage && error?.message.contains("--index-name") == true)
    }

    @Test func aTableThatSomebodyDeletedIsNotFilledOnAsIfNothingWere() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        let store = try begun(address)
        _ = try store.write(batch(0..<5), to: .results(), advancing: step(0, 5))
        try server.ask(.delete, "/record__g1")
        let error = #expect(throws: StoreError.self) {
            try store.write(batch(5..<9), to: .results(), advancing: step(5, 9))
        }
        #expect(error?.code == .contradiction && error?.message.contains("record__g1") == true)
        #expect(try store.positions(of: .results()).map(\.nextOffset) == [5])
    }

    // MARK: Rows

    @Test func keysOfAnyLettersHaveIdsOfTheirOwn() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        let store = try begun(address)
        let long = String(repeating: "x", count: 600)
        let names = ["a|b", "a%7Cb", "a/b", "ä€😀", "x ", "x", "X", "a\\\"b", long, long + "y"]
        let batch = RowBatch(shape: .results)
        for (offset, name) in names.enumerated() {
            batch.append(SampleResult(borehole: name).json, at: Int64(offset))
        }
        let count = Int64(names.count)
        #expect(
            try store.write(batch, to: .results(), advancing: step(0, count)) == .stored(rows: names.count, refused: 0))
        let met = Set(try server.documents(of: "record").compactMap { $0.member("boreholenumber").string })
        #expect(met == Set(names.map { $0 == "a\\\"b" ? "a\"b" : $0 }))
    }

    @Test func aWindowThatIsWithdrawnStaysAwayWhateverComesLate() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        let store = try begun(address)
        _ = try store.write(batch(0..<3, keys: 1), to: .results(), advancing: step(0, 3))
        let gone = RowBatch(shape: .results)
        gone.append(SampleResult(borehole: "BH-0").json.dropLast() + ",\"withdrawn\":true}", at: 3)
        _ = try store.write(gone, to: .results(), advancing: step(3, 4))
        #expect(try readings(server).isEmpty)
        // As a sink of before would write it again.
        let zombie = ElasticTests.item("BH-0|piezometer|1650060390000", version: 2)
        #expect(zombie.contains("external_gte"))
        let status = try store.status(of: .results())
        #expect(status.rows == 0 && status.state == .current)
    }

    private static func item(_ id: String, version: Int64) -> String {
        "{\"index\":{\"_id\":\"\(id)\",\"version\":\(version),\"version_type\":\"external_gte\"}}"
    }

    @Test func moreRowsThanAPageHoldsComeWholeAndInOrder() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        let store = try begun(address)
        // All of one time, so that the order is whole only by where the rows came from.
        _ = try store.write(batch(0..<10_500), to: .results(), advancing: step(0, 10_500))
        var query = ViewQuery(now: Timestamp(milliseconds: 0))
        query.oldestFirst = true
        let rows = try TestStore.all(
            address.open(for: .reading).answer(.rows(query, columns: ["reading"]), of: ViewName(word: "record")))
        #expect(Set(rows.map { $0[0] }).count == 10_500 && rows.count == 10_500)
    }

    // MARK: Addresses and trouble

    @Test func addressesOfEveryFormAreUnderstood() throws {
        let kinds = StoreKinds([.elasticsearch, .opensearch])
        let address = try kinds.address("opensearch+https://me@search.example/site")
        #expect(address.kind == "opensearch" && address.name == "opensearch+https://me@search.example:9200")
        #expect(address.view == "site" && !address.holdsPassword)
        #expect(try kinds.address("elasticsearch+http://[::1]:9201").name == "elasticsearch+http://[::1]:9201")
        #expect(throws: StoreError.self) { try kinds.address("https://search/record") }
        let plain = try StoreKind.elasticsearch.plainAddress?("https://search:443/record")
        #expect(plain?.name == "elasticsearch+https://search:443" && plain?.view == "record")
    }

    @Test(arguments: [
        "elasticsearch+https://me:swordfish-1@h", "elasticsearch:h", "opensearch+ftp://h",
        "elasticsearch+https://h?password=swordfish-1", "elasticsearch+https://", "elasticsearch+https://h/a/b",
    ])
    func addressesThatCannotBeReadAreNotRepeated(_ word: String) {
        let error = #expect(throws: StoreError.self) { try StoreKinds([.elasticsearch, .opensearch]).address(word) }
        #expect(error?.code == .usage && error?.description.contains("swordfish") == false)
        #expect(error?.hint?.contains("ELASTIC_PASSWORD") == true)
    }

    @Test func whatIsNoSuchServerIsSaidInOneLine() throws {
        let server = try ElasticServer()
        let nobody = try #require(
            try StoreAddress.elastic("elasticsearch+http://127.0.0.1:1", kind: "x", takesPlain: false))
        let error = #expect(throws: StoreError.self) { try nobody.open(for: .reading) }
        #expect(error?.code == .connection && error?.description.contains("\n") == false)
        let file = #expect(throws: StoreError.self) {
            try StoreAddress.elastic("\(server.address)?api-key-file=/nowhere", kind: "x", takesPlain: false)?
                .open(for: .reading)
        }
        #expect(file?.code == .usage && file?.message.contains("/nowhere") == true)
    }

    @Test func aReaderNeverWrites() throws {
        let server = try ElasticServer()
        let address = try #require(try StoreAddress.elastic(server.address, kind: "x", takesPlain: false))
        _ = try begun(address)
        let reader = try address.open(for: .reading)
        #expect(throws: StoreError.self) { try reader.migrate(.results("other")) }
        #expect(throws: StoreError.self) { try reader.show(.results()) }
        #expect(throws: StoreError.self) { try reader.write(batch(0..<1), to: .results(), advancing: step(0, 1)) }
        let sql = #expect(throws: StoreError.self) {
            try reader.answer(.own("SELECT 1"), of: ViewName(word: "record"))
        }
        #expect(sql?.code == .usage && sql?.message.contains("SQL") == true)
        #expect(try server.documents(of: "record").isEmpty)
    }
}
