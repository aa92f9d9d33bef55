import KappaCore
import Testing

@testable import KappaStreams

/// A book that is told of readings of a few sensors, as text.
private struct Teller: ~Copyable {
    var book: AlarmBook
    var told: [String] = []
    var last: [String: (AlarmState, AlarmSide, [UInt8])] = [:]

    init(_ text: String, grace: Int64 = 0) throws {
        let key = [FieldRule("borehole_number", .string), FieldRule("instrument", .string)]
        book = AlarmBook(register: try Register(text: text, key: key), graceMilliseconds: grace)
    }

    mutating func take(_ name: String, _ value: Double, at seconds: Double, offset: Int64) {
        keyBytes(name, "p").withUnsafeBytes {
            book.take(AlarmBook.Reading(time: Int64(seconds * 1000), value: value, offset: offset), of: $0)
        }
        note()
    }

    mutating func advance(to seconds: Double) {
        book.advance(to: Int64(seconds * 1000))
        note()
    }

    private mutating func note() {
        for event in book.happened {
            let key = Array(book.key(of: event.sensor))
            let name = String(decoding: key[3..<(3 + Int(key[1]))], as: UTF8.self)
            told.append(
                "\(name) \(event.side) \(event.event) \(event.before)>\(event.state.severity) @\(event.time / 1000)")
            last["\(name) \(event.side)"] = (event.state, event.side, key)
        }
        book.forgetHappened()
    }
}

@Suite struct AlarmBookTests {
    private static let header =
        "borehole_number,instrument,alert_above,alarm_above,alert_below,hysteresis,hold,"
        + "alert_rate,rate_per,overdue_after\n"

    /// A level of 100 that is left at 95: readings that swing by three around it raise it once.
    @Test func noiseWithinTheHysteresisRaisesOnce() throws {
        var teller = try Teller(Self.header + "*,p,100,,,5,,,,\n")
        var random = SplitMix(seed: 7)
        var naive = 0
        var wasAbove = false
        for index in 0..<10_000 {
            let value = 100 + random.double() * 6 - 3
            if (value >= 100) != wasAbove { naive += 1 }
            wasAbove = value >= 100
            teller.take("a", value, at: Double(index), offset: Int64(index))
        }
        teller.take("a", 94.9, at: 10_000, offset: 10_000)
        let raisedAndCleared = teller.told.filter { !$0.contains("peak") }
        #expect(raisedAndCleared.map { $0.split(separator: " ")[2] } == ["raised", "cleared"])
        #expect(naive > 1000)
    }

    @Test func levelsRiseAndFallOneAlarmAtATime() throws {
        var teller = try Teller(Self.header + "*,p,100,120,10,5,,,,\n")
        for (index, value) in [99, 100, 130, 116, 114, 96, 95, 94, 10, 14, 16].enumerated() {
            teller.take("a", Double(value), at: Double(index), offset: Int64(index))
        }
        #expect(
            teller.told == [
                "a above raised 0>1 @1", "a above escalated 1>2 @2", "a above eased 2>1 @4", "a above cleared 1>0 @7",
                "a below raised 0>1 @8", "a below cleared 1>0 @10",
            ])
    }

    @Test func aLevelHasToBeHeldForItsTime() throws {
        var teller = try Teller(Self.header + "*,p,100,,,,30s,,,\n")
        for (index, (value, time)) in [(101, 0), (101, 29), (99, 29), (101, 31), (105, 60), (101, 61)].enumerated() {
            teller.take("a", Double(value), at: Double(time), offset: Int64(index))
        }
        #expect(teller.told == ["a above raised 0>1 @61"])
    }

    @Test func aSilentSensorIsOverdueOnceAndComesBack() throws {
        var teller = try Teller(Self.header + "*,p,,,,,,,,10m\n", grace: 5000)
        teller.take("b", 1, at: 0, offset: 0)
        teller.take("a", 1, at: 0, offset: 1)
        teller.take("c", 1, at: 300, offset: 2)
        teller.advance(to: 604.9)
        #expect(teller.told.isEmpty)
        teller.advance(to: 605)
        teller.advance(to: 700)
        teller.take("a", 1, at: 800, offset: 3)
        #expect(
            teller.told == ["a overdue overdue 0>1 @600", "b overdue overdue 0>1 @600", "a overdue back 1>0 @800"])
    }

    /// Two a day, over half a day: nothing; then six within an hour.
    @Test func aRateIsTakenOverItsPeriod() throws {
        var teller = try Teller(Self.header + "*,p,,,,,,5,1d,\n")
        for hour in 0..<48 { teller.take("a", Double(hour) / 12, at: Double(hour) * 3600, offset: Int64(hour)) }
        #expect(teller.told.isEmpty)
        teller.take("a", 10, at: 48 * 3600, offset: 48)
        #expect(teller.told == ["a rate raised 0>1 @172800"])
        for hour in 49..<120 { teller.take("a", 10, at: Double(hour) * 3600, offset: Int64(hour)) }
        #expect(teller.told.last?.contains("rate cleared 1>0") == true)
        #expect(teller.told.count == 2)
    }

    /// What is told after a restart from the last events and the held-back offset is what would have been told anyway;
    /// and of each alarm raises and clears alternate.
    @Test(arguments: 0..<12)
    func aRestartAnywhereChangesNothing(seed: Int) throws {
        let text = Self.header + "*,p,100,110,60,4,20s,8,2m,45s\nb,p,90,,,,-,,,\n"
        var random = SplitMix(seed: UInt64(seed))
        var readings: [(name: String, value: Double, time: Double)] = []
        var level = ["a": 95.0, "b": 85.0, "c": 70.0]
        var time = 0.0
        for _ in 0..<900 {
            time += random.double() * (random.double() < 0.02 ? 60 : 4)
            let name = ["a", "b", "c"][Int(random.double() * 3)]
            level[name, default: 0] += random.double() * 12 - 6 + (85 - level[name, default: 0]) * 0.02
            readings.append((name, level[name, default: 0], time - random.double() * 2))
        }
        var clocks: [Double] = []
        for reading in readings { clocks.append(max(clocks.last ?? 0, reading.time)) }

        func run(restartingEvery length: Int?) throws -> [String] {
            var teller = try Teller(text)
            for (offset, reading) in readings.enumerated() {
                if let length, offset > 0, offset % length == 0 {
                    let from = Int(teller.book.heldBackOffset ?? Int64(offset))
                    var next = try Teller(text)
                    next.told = teller.told
                    next.last = teller.last
                    for (state, side, key) in teller.last.values {
                        key.withUnsafeBytes { next.book.restore(state, side, of: $0) }
                    }
                    for again in from..<offset {
                        keyBytes(readings[again].name, "p").withUnsafeBytes {
                            next.book.rebuild(
                                AlarmBook.Reading(
                                    time: Int64(readings[again].time * 1000), value: readings[again].value,
                                    offset: Int64(again)), of: $0)
                        }
                    }
                    teller = next
                }
                teller.take(reading.name, reading.value, at: reading.time, offset: Int64(offset))
                teller.advance(to: clocks[offset])
            }
            return teller.told
        }

        let whole = try run(restartingEvery: nil)
        #expect(whole.count > 10)
        for length in [3, 50, 333] {
            let parts = try run(restartingEvery: length)
            let difference = zip(whole, parts).first { $0 != $1 }
            #expect(difference == nil, "restarted every \(length)")
            #expect(parts.count == whole.count)
        }
        checkAlternation(whole)
    }

    private func checkAlternation(_ told: [String]) {
        var severity: [String: String] = [:]
        for line in told {
            let words = line.split(separator: " ").map(String.init)
            let change = words[3].split(separator: ">").map(String.init)
            #expect(severity["\(words[0]) \(words[1])", default: "0"] == change[0])
            severity["\(words[0]) \(words[1])"] = change[1]
        }
    }
}

/// Sebastiano Vigna's splitmix64: the same numbers everywhere.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func double() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((word ^ (word >> 31)) >> 11) / 9_007_199_254_740_992
    }
}
