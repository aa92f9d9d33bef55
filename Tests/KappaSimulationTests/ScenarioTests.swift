import KappaCore
import Testing

@testable import KappaSimulation

/// A scenario does what it says to the sensors that it names, and nothing to the others.
@Suite struct ScenarioTests {
    private struct Reading {
        var name: String
        var value: Double
        var seconds: Double
    }

    /// Every sensor once in three seconds, without faults.
    private func readings(_ scenario: Scenario?, minutes: Int) -> (values: [Reading], truth: [ScenarioTruth]) {
        var settings = SimulationSettings(seed: 7)
        settings.boreholes = 10
        settings.scenario = scenario
        let generator = ReadingGenerator(settings: settings)
        let buffer = LineBuffer()
        var values: [Reading] = []
        let start = Timestamp(rfc3339: "2024-05-01T00:00:00Z")!.milliseconds
        for turn in 0..<(minutes * 20 * 50) {
            buffer.shorten(to: 0)
            generator.appendReading(at: Timestamp(milliseconds: start + Int64(turn) * 60), to: buffer)
            var json = JSONBuffer()
            json.load(buffer.bytes)
            guard let record = try? JSONValue(checking: json),
                let time = Timestamp(rfc3339: record.member("timestamp").text)
            else { continue }
            let name = "\(record.member("borehole_number").text) \(record.member("instrument").text)"
            values.append(
                Reading(
                    name: name, value: record.member("reading").double ?? .nan,
                    seconds: Double(time.milliseconds - start) / 1000))
        }
        return (values, generator.truth)
    }

    @Test(arguments: [Scenario.drawdown, .heave, .sensorDrift, .tide])
    func theValuesOfTheNamedSensorsMoveByWhatIsKnown(scenario: Scenario) {
        let (plain, _) = readings(nil, minutes: 12)
        let (moved, truth) = readings(scenario, minutes: 12)
        #expect(plain.count == moved.count && !truth.isEmpty)
        let changes = Dictionary(
            uniqueKeysWithValues: truth.map { ("\($0.borehole) \($0.instrument.name)", $0.change) })
        for (before, after) in zip(plain, moved) {
            let change = after.value - before.value
            guard let whole = changes[before.name], before.seconds >= 60 else {
                #expect(change == 0, "\(before.name)")
                continue
            }
            let minutes = (before.seconds - 60) / 60
            let wanted: Double? =
                switch scenario {
                case .drawdown, .heave: minutes >= 10 ? whole : nil
                case .sensorDrift: whole * minutes
                default: abs(minutes - 7.5) < 0.02 ? whole : nil
                }
            // An instrument cannot read beyond its range.
            let isAtEnd = Instrument.allCases.contains {
                before.name.hasSuffix($0.name) && [$0.range.lowerBound, $0.range.upperBound].contains(after.value)
            }
            if let wanted, !isAtEnd {
                #expect(abs(change - wanted) < 0.02 + abs(whole) * 0.002, "\(before.name) \(minutes)")
            }
        }
    }

    @Test func aSpikeIsOneReadingAMinute() {
        let (plain, _) = readings(nil, minutes: 4)
        let (spiked, truth) = readings(.spike, minutes: 4)
        let names = Set(truth.map { "\($0.borehole) \($0.instrument.name)" })
        let far = zip(plain, spiked).filter { $0.value != $1.value }
        #expect(!names.isEmpty && Set(far.map(\.0.name)) == names)
        // A sensor that has dropped out for a minute has none in it.
        for name in names { #expect((1...3).contains(far.count { $0.0.name == name }), "\(name)") }
        #expect(far.count > names.count * 5 / 2)
    }

    @Test func anOutageSilencesEveryOtherSensorForTwentyMinutes() {
        let (values, truth) = readings(.outage, minutes: 24)
        let names = Set(truth.map { "\($0.borehole) \($0.instrument.name)" })
        #expect(names.count == 25)
        #expect(values.allSatisfy { !names.contains($0.name) || $0.seconds < 60 || $0.seconds >= 1260 })
        #expect(Set(values.filter { $0.seconds >= 1260 }.map(\.name)).isSuperset(of: names))
    }
}
