import KappaCore
import Testing

@testable import KappaSimulation

@Suite struct ReadingGeneratorTests {
    static let start = Timestamp(rfc3339: "2022-04-15T22:06:38.000Z")!

    static func lines(
        _ count: Int, seed: UInt64 = 7, apart: Int64 = 10, _ change: (inout SimulationSettings) -> Void = { _ in }
    ) -> [String] {
        var settings = SimulationSettings(seed: seed)
        change(&settings)
        let generator = ReadingGenerator(settings: settings)
        let buffer = LineBuffer(capacity: 64)
        for turn in 0..<Int64(count) {
            generator.appendReading(at: Timestamp(milliseconds: start.milliseconds + turn * apart), to: buffer)
        }
        return String(decoding: buffer.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func aSeedRepeatsItsBytes() {
        let faulty: (inout SimulationSettings) -> Void = {
            ($0.bad, $0.late, $0.future, $0.duplicates, $0.jitterMilliseconds) = (0.05, 0.05, 0.05, 0.05, 2000)
        }
        #expect(Self.lines(5000, faulty) == Self.lines(5000, faulty))
        #expect(Self.lines(100) != Self.lines(100, seed: 8))
    }

    /// Any machine must come to the same bytes: change this number only together with the generator.
    @Test func theFirstReadingsOfSeedSevenAreTheseOnEveryMachine() {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Self.lines(20_000).joined().utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        #expect(hash == 10_587_178_608_305_543_882)
    }

    @Test func aReadingHasTheSevenFieldsAndItsUnitInTheirOrder() throws {
        let line = try #require(Self.lines(1).first)
        let form =
            #/\{"borehole_number":"BH-[1-9][0-9]{0,3}","instrument":"water_standpipe","surface_level":[0-9.]+,"northing":581[0-9]{4},"easting":3[0-9]{5},"reading":-?[0-9]+\.[0-9]{1,2},"units":"m","timestamp":"2022-04-15T22:06:38\.000Z"\}/#
        #expect(line.wholeMatch(of: form) != nil, "\(line)")
    }

    @Test(arguments: SimulationSettings.Shape.allCases)
    func everyValueLiesInItsInstrumentsRange(shape: SimulationSettings.Shape) throws {
        for line in Self.lines(10_000, apart: 300_000, { $0.shape = shape }) {
            let instrument = try #require(Instrument(rawValue: Self.text("instrument", of: line)))
            let value = try #require(Double(Self.text("reading", of: line)))
            #expect(instrument.range.contains(value), "\(line)")
        }
    }

    @Test func uniformValuesFillTheirRange() {
        let values = Self.lines(20_000, { ($0.shape, $0.instruments) = (.uniform, [.piezometer]) })
            .compactMap { Double(Self.text("reading", of: $0)) }
        let mean = values.reduce(0, +) / Double(values.count)
        // The mean of 20,000 uniform values over 180 kPa has a standard deviation of 0.37.
        #expect(abs(mean - 110) < 1.9)
        #expect(values.min()! < 20.1 && values.max()! > 199.9)
    }

    @Test func faultsComeAsOftenAsAsked() {
        let count = 40_000
        let lines = Self.lines(count) {
            ($0.late, $0.future, $0.duplicates, $0.bad) = (0.02, 0.01, 0.03, 0.05)
        }
        var (late, future, copies, bad) = (0, 0, 0, 0)
        for (turn, line) in lines.enumerated() {
            if turn > 0, line == lines[turn - 1] {
                copies += 1
                continue
            }
            guard let time = Self.timeOfGood(line) else {
                bad += 1
                continue
            }
            let behind = Self.start.milliseconds + Int64(turn) * 10 - time.milliseconds
            if behind >= 120_000 { late += 1 }
            if behind <= -946_080_000_000 { future += 1 }
        }
        // Five standard deviations of a binomial count.
        for (seen, share) in [(late, 0.02), (future, 0.01), (copies, 0.03), (bad, 0.05)] {
            let expected = Double(count) * share
            #expect(abs(Double(seen) - expected) < 5 * (expected * (1 - share)).squareRoot())
        }
    }

    @Test func jitterPutsTimesOutOfOrderByNoMoreThanItsSize() {
        let times = Self.lines(5000, { $0.jitterMilliseconds = 2000 }).compactMap { Self.timeOfGood($0) }
        let behind = times.enumerated().map {
            Self.start.milliseconds + Int64($0.offset) * 10 - $0.element.milliseconds
        }
        #expect(behind.allSatisfy { (0...2000).contains($0) })
        #expect(times != times.sorted())
    }

    @Test func aSnapshotHoldsOneKindAndCountsIt() {
        let generator = ReadingGenerator(settings: SimulationSettings(seed: 7))
        let buffer = LineBuffer()
        generator.appendSnapshot(of: .piezometer, at: Self.start, to: buffer)
        let text = String(decoding: buffer.bytes, as: UTF8.self)
        let items = text.split(separator: "\"borehole_number\"").count - 1
        #expect(text.hasPrefix(#"{"instruments":\#(items),"units":"pore pressure (kPa)","timezone":"UTC","items":[{"#))
        #expect(text.hasSuffix("}]}\n"))
        #expect((40...149).contains(items))
        #expect(!text.contains("standpipe"))
    }

    @Test func sensorsDropOutAndComeBack() {
        let rounds = 400
        let lines = Self.lines(rounds * 100, apart: 30, { ($0.boreholes, $0.instruments) = (100, [.piezometer]) })
        let counts = Dictionary(grouping: lines) { Self.text("borehole_number", of: $0) }.mapValues(\.count)
        #expect(counts.count == 100)
        #expect(counts.values.max()! - counts.values.min()! > 10)
    }

    /// The text of a field, without quotes; good lines only.
    static func text(_ field: String, of line: String) -> String {
        fields(of: line).first { $0.name == field }?.value.trimmingQuotes ?? ""
    }

    /// Nil for every reading that a processor must reject.
    static func timeOfGood(_ line: String) -> Timestamp? {
        let names = [
            "borehole_number", "instrument", "surface_level", "northing", "easting", "reading", "units", "timestamp",
        ]
        let fields = fields(of: line)
        guard line.hasSuffix("\"}"), fields.map(\.name) == names else { return nil }
        for (index, field) in fields.enumerated() {
            let isText = field.value.hasPrefix("\"") && field.value.utf8.count > 2
            guard (2...5).contains(index) ? Double(field.value) != nil : isText else { return nil }
        }
        return Timestamp(rfc3339: fields[7].value.trimmingQuotes)
    }

    /// No value of a reading holds a comma.
    private static func fields(of line: String) -> [(name: String, value: String)] {
        line.utf8.dropFirst().dropLast().split(separator: UInt8(ascii: ",")).compactMap { field in
            guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = field[field.index(after: colon)...]
            return (
                String(decoding: field[..<colon], as: UTF8.self).trimmingQuotes, String(decoding: value, as: UTF8.self)
            )
        }
    }
}

extension String {
    fileprivate var trimmingQuotes: String {
        guard hasPrefix("\""), hasSuffix("\""), utf8.count >= 2 else { return self }
        return String(decoding: utf8.dropFirst().dropLast(), as: UTF8.self)
    }
}
