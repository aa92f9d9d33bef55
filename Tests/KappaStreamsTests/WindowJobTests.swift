import KappaCore
import KappaStreams
import Testing

/// Runs a job over a list of records and keeps what came out, as text.
final class Bench {
    let job: WindowJob
    var emission = Emission()
    var offset: Int64 = 0
    var results: [String] = []
    var late: [String] = []
    var dead: [String] = []
    var keys: [String] = []

    init(_ change: (inout WindowPlan) -> Void = { _ in }) {
        var plan = WindowPlan()
        change(&plan)
        job = WindowJob(plan: plan)
    }

    func feed(_ text: String?, timestamp: String = "2022-04-15T23:00:00Z", rebuilding: Bool = false) throws {
        let time = try #require(Timestamp(rfc3339: timestamp)).milliseconds
        let bytes = text.map { Array($0.utf8) }
        bytes.withBytes { value in
            let record = SourceRecord(offset: offset, timestamp: time, key: nil, value: value)
            if rebuilding { job.rebuild(record) } else { job.process(record, into: &emission) }
        }
        offset += 1
        collect(source: text ?? "null")
    }

    func advance(to time: Int64) {
        job.advance(to: time, into: &emission)
        collect()
    }

    func drain() {
        if let clock = job.drainClock { advance(to: clock) }
    }

    private func collect(source: String = "") {
        for record in emission.records {
            let value = record.isWholeRecord ? source : String(decoding: emission.value(of: record), as: UTF8.self)
            switch record.target {
            case .result:
                results.append(value)
                keys.append(String(decoding: emission.key(of: record), as: UTF8.self))
            case .late: late.append(value)
            case .dead, .keyed, .mark: dead.append(record.notes.map(\.value).joined(separator: " "))
            }
        }
        emission.removeAll()
    }
}

extension [UInt8]? {
    func withBytes(_ body: (UnsafeRawBufferPointer?) -> Void) {
        guard let self else { return body(nil) }
        self.withUnsafeBytes { body($0) }
    }
}

func reading(
    _ value: String, at time: String, borehole: String = "BH-1", instrument: String = "piezometer",
    level: String = "82.33"
) -> String {
    """
    {"borehole_number":"\(borehole)","instrument":"\(instrument)","surface_level":\(level),"northing":5810968,\
    "easting":322179,"reading":\(value),"timestamp":"2022-04-15T\(time)Z"}
    """
}

@Suite struct WindowJobTests {
    @Test func theMeanOfTenTwentySixtyIsThirty() throws {
        let bench = Bench()
        for (value, time) in [("10", "22:06:38.737"), ("20", "22:06:31"), ("60", "22:06:39")] {
            try bench.feed(reading(value, at: time))
        }
        bench.drain()
        #expect(
            bench.results == [
                """
                {"borehole_number":"BH-1","instrument":"piezometer","surface_level":82.33,"northing":5810968,\
                "easting":322179,"reading":30.0,"units":null,"timestamp":"2022-04-15T22:06:39.000Z",\
                "window_start":"2022-04-15T22:06:30.000Z","window_end":"2022-04-15T22:06:40.000Z","count":3,\
                "min":10.0,"max":60.0,"sum":90.0}
                """
            ])
        #expect(bench.keys == ["BH-1"])
    }

    @Test func aWindowStaysOpenForItsGraceAndThenClosesForEver() throws {
        let bench = Bench()
        try bench.feed(reading("1", at: "22:06:35"))
        try bench.feed(reading("1", at: "22:06:49.999"))
        #expect(bench.results.isEmpty)
        try bench.feed(reading("3", at: "22:06:35"))
        try bench.feed(reading("1", at: "22:06:50"))
        #expect(bench.results.count == 1)
        #expect(bench.results.first?.contains("\"count\":2") == true)
        let tooLate = reading("5", at: "22:06:39.999")
        try bench.feed(tooLate)
        #expect(bench.late == [tooLate])
        bench.drain()
        #expect(bench.results.count == 3)
        #expect(bench.job.counts.accepted == 4)
        #expect(bench.job.counts.late == 1)
    }

    @Test func resultsComeOutByEndAndThenByKey() throws {
        let bench = Bench()
        for borehole in ["BH-2", "BH-10", "BH-1"] {
            try bench.feed(reading("1", at: "22:06:45", borehole: borehole, instrument: "strain_gauge"))
            try bench.feed(reading("1", at: "22:06:35", borehole: borehole))
            try bench.feed(reading("1", at: "22:06:35", borehole: borehole, instrument: "extensometer"))
        }
        bench.drain()
        #expect(bench.keys == ["BH-1", "BH-1", "BH-10", "BH-10", "BH-2", "BH-2", "BH-1", "BH-10", "BH-2"])
        #expect(bench.results[0].contains("extensometer"))
    }

    @Test func anyOrderOfTheSameReadingsGivesTheSameBytes() throws {
        var readings: [String] = []
        for index in 0..<60 {
            let value = "\(Double.random(in: -1e3...1e3) * (index % 7 == 0 ? 1e18 : 1))"
            let time = "22:06:\(30 + Int.random(in: 0...9)).\(Int.random(in: 0...2))"
            readings.append(reading(value, at: time, level: "\(index % 3)"))
        }
        let all: [Aggregate] = Aggregate.allCases
        var expected: [String]?
        for _ in 0..<30 {
            let bench = Bench { $0.aggregates = all }
            for text in readings.shuffled() { try bench.feed(text) }
            bench.drain()
            expected = expected ?? bench.results
            #expect(bench.results == expected)
        }
        #expect(expected?.count == 1)
    }

    @Test func theCarriedFieldsAreThoseOfTheLatestReading() throws {
        let bench = Bench()
        try bench.feed(reading("1", at: "22:06:38", level: "90.10"))
        try bench.feed(reading("1", at: "22:06:35", level: "1"))
        bench.drain()
        #expect(bench.results.first?.contains("\"surface_level\":90.10,") == true)
        #expect(bench.results.first?.contains("\"timestamp\":\"2022-04-15T22:06:38.000Z\"") == true)
    }

    @Test func aSnapshotIsItsItemsWithTheUnitsOfTheEnvelope() throws {
        let bench = Bench()
        let items = [reading("1", at: "22:06:35"), "7", reading("null", at: "22:06:35"), reading("2", at: "22:06:36")]
        try bench.feed(
            #"{"instruments":4,"units":"water level (m)","timezone":"UTC","items":[\#(items.joined(separator: ","))]}"#)
        bench.drain()
        #expect(bench.results.count == 1)
        #expect(bench.results.first?.contains("\"reading\":1.5,\"units\":\"water level (m)\"") == true)
        #expect(bench.dead == ["not-an-object 1", "null reading 2"])
    }

    @Test func aFarFutureReadingClosesNothing() throws {
        let bench = Bench()
        try bench.feed(reading("1", at: "22:06:35"), timestamp: "2022-04-15T22:06:36Z")
        try bench.feed(reading("1", at: "23:06:36.001"), timestamp: "2022-04-15T22:06:36Z")
        #expect(bench.dead == ["future-time timestamp"])
        #expect(bench.results.isEmpty)
        #expect(bench.job.openWindows == 1)
        try bench.feed(reading("1", at: "23:06:36"), timestamp: "2022-04-15T22:06:36Z")
        #expect(bench.results.count == 1)
    }

    @Test func aTickClosesAndWhatComesBehindItIsLate() throws {
        let bench = Bench()
        try bench.feed(reading("1", at: "22:06:35"))
        bench.advance(to: try #require(bench.job.nextClose))
        #expect(bench.results.count == 1)
        #expect(bench.job.heldBackOffset == nil)
        try bench.feed(reading("1", at: "22:06:36"))
        #expect(bench.late.count == 1)
    }

    @Test func windowsMayOverlap() throws {
        let bench = Bench { $0.everyMilliseconds = 5000 }
        try bench.feed(reading("1", at: "22:06:36"))
        try bench.feed(reading("3", at: "22:06:32"))
        bench.drain()
        let means = bench.results.map { $0.contains("\"reading\":2.0") ? 2 : $0.contains("\"reading\":3.0") ? 3 : 1 }
        #expect(means == [3, 2, 1])
    }

    @Test func aDuplicateOfAnOpenWindowCountsOnce() throws {
        let bench = Bench { $0.dedup = "timestamp" }
        try bench.feed(reading("1", at: "22:06:36"))
        try bench.feed(reading("1", at: "22:06:36"))
        try bench.feed(reading("2", at: "22:06:37"))
        bench.drain()
        #expect(bench.results.first?.contains("\"count\":2") == true)
        #expect(bench.job.counts.duplicates == 1)
    }

    @Test func oneKeyHasOneSpelling() throws {
        let bench = Bench()
        try bench.feed(reading("1", at: "22:06:36", borehole: "BH-1"))
        try bench.feed(reading("3", at: "22:06:36", borehole: "BH\\u002d1"))
        bench.drain()
        #expect(bench.keys == ["BH-1"])
    }

    @Test func aMomentBefore1970HasItsWindow() throws {
        let bench = Bench()
        let text = reading("1", at: "22:06:36").replacing("2022-04-15", with: "1969-12-31")
        try bench.feed(text)
        bench.drain()
        #expect(bench.results.first?.contains("\"window_start\":\"1969-12-31T22:06:30.000Z\"") == true)
    }

    @Test func otherAggregatesAreThoseOfSQL() throws {
        let bench = Bench { $0.aggregates = [.stddev, .first, .last, .p50, .p95] }
        for (value, second) in [("2", 31), ("4", 32), ("4", 33), ("4", 34), ("5", 35), ("5", 36), ("7", 37), ("9", 38)]
        {
            try bench.feed(reading(value, at: "22:06:\(second)"))
        }
        bench.drain()
        let expected = #""stddev":2.138089935299395,"first":2.0,"last":9.0,"p50":4.5,"p95":8.299999999999999}"#
        #expect(bench.results.first?.hasSuffix(expected) == true)
    }
}

@Suite struct RebuildTests {
    /// A random stream with late, bad and future readings, over a few windows.
    private func stream(_ count: Int) -> [String?] {
        (0..<count).map { index in
            let second = max(0, index / 4 + Int.random(in: -40...5))
            let time = "22:\(pad(second / 60)):\(pad(second % 60))"
            switch index % 19 {
            case 3: return nil
            case 7: return reading("\"x\"", at: time)
            case 11: return reading("1", at: "23:59:59")
            default: return reading("\(index).25", at: time, borehole: "BH-\(index % 5)")
            }
        }
    }

    private func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    @Test(arguments: [10_000, 3000] as [Int64])
    func aRebuiltJobGoesOnAsIfNothingHadHappened(every: Int64) throws {
        let records = stream(700)
        let whole = Bench { $0.everyMilliseconds = every }
        for record in records { try whole.feed(record, timestamp: "2022-04-15T22:00:00Z") }
        whole.drain()

        var pieces = Bench { $0.everyMilliseconds = every }
        for (index, record) in records.enumerated() {
            if Int.random(in: 0..<10) == 0 { pieces = try restarted(pieces, records, every) }
            #expect(pieces.offset == Int64(index))
            try pieces.feed(record, timestamp: "2022-04-15T22:00:00Z")
        }
        pieces.drain()
        #expect(pieces.results == whole.results)
        #expect(pieces.late == whole.late)
        #expect(pieces.dead == whole.dead)
        #expect(!whole.late.isEmpty && !whole.dead.isEmpty && whole.results.count > 20)
        #if DEBUG
            #expect(pieces.job.checkInvariants())
        #endif
    }

    /// Only the held-back offset, the position and the clock survive.
    private func restarted(_ old: Bench, _ records: [String?], _ every: Int64) throws -> Bench {
        let position = old.offset
        let fresh = Bench { $0.everyMilliseconds = every }
        #expect(fresh.job.restore(clockWords: old.job.clockWords))
        fresh.offset = old.job.heldBackOffset ?? position
        while fresh.offset < position {
            try fresh.feed(records[Int(fresh.offset)], timestamp: "2022-04-15T22:00:00Z", rebuilding: true)
        }
        #expect(fresh.job.openWindows == old.job.openWindows)
        (fresh.results, fresh.late, fresh.dead, fresh.keys) = (old.results, old.late, old.dead, old.keys)
        return fresh
    }
}
