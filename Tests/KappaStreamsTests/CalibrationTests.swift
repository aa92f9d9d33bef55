import KappaCore
import Testing

@testable import KappaStreams

@Suite struct CalibrationTests {
    private static let key = [FieldRule("borehole_number", .string), FieldRule("channel", .number)]

    private func bytes(_ borehole: String, _ channel: String) -> [UInt8] {
        var writer = ByteWriter()
        KeyText.append(text: borehole, isString: true, to: &writer)
        KeyText.append(text: channel, isString: false, to: &writer)
        return Array(writer.bytes)
    }

    @Test func aKeyWithALineIsMultipliedAndShifted() throws {
        let calibration = try Calibration(text: "# of May\n\nBH-1, 7,2,-0.5 \nBH-2,7,1e-3,4", key: Self.key)
        let (first, second) = (calibration.line(of: bytes("BH-1", "7")), calibration.line(of: bytes("BH-2", "7")))
        #expect([first?.factor, first?.offset, second?.factor, second?.offset] == [2, -0.5, 0.001, 4])
        #expect(calibration.line(of: bytes("BH-1", "8")) == nil)
    }

    @Test(arguments: [
        ("BH-1,7,2\n", "line 1: 'BH-1,7,2' is not of the form borehole_number,channel,FACTOR,OFFSET"),
        ("#\nBH-1,7,two,0\n", "line 2: 'BH-1,7,two,0': the last two must be numbers, a factor and an offset"),
        ("BH-1,7,inf,0\n", "line 1: 'BH-1,7,inf,0': the last two must be numbers, a factor and an offset"),
        (",7,1,0\n", "line 1: ',7,1,0': a name is missing"),
        ("BH-1,7,1,0\nBH-1,7,2,0\n", "line 2: 'BH-1,7,2,0': this key has a line already"),
    ])
    func aLineThatSaysNothingClearIsNamed(text: String, message: String) {
        #expect(throws: WordError(message)) { try Calibration(text: text, key: Self.key) }
    }

    @Test func linesWithoutAReadingAreKnownByTheirNumbers() throws {
        let calibration = try Calibration(text: "#\nBH-1,7,2,0\nBH-2,7,3,0\n", key: Self.key)
        #expect(!calibration.use.isAny)
        _ = calibration.line(of: bytes("BH-2", "7"))
        _ = calibration.line(of: bytes("BH-01", "7"))
        #expect(calibration.unmatched.map(\.number) == [2])
        #expect(calibration.unmatched.map(\.words) == ["BH-1,7"])
        #expect(calibration.use.otherKeys == ["BH-01,7"])
    }

    /// The order of the lines says nothing; another number is another job. Without one a plan's words are as before.
    @Test func theNumbersAreAmongTheRules() throws {
        var plan = WindowPlan()
        let plain = plan.fingerprint
        plan.calibration = try Calibration(text: "a,b,1,2\nc,d,3,4\n", key: plan.key)
        let first = plan.fingerprint
        plan.calibration = try Calibration(text: "c,d,3.0,4\na,b,1,2\n", key: plan.key)
        #expect(plan.fingerprint == first)
        plan.calibration = try Calibration(text: "a,b,1,2\nc,d,3,5\n", key: plan.key)
        #expect(Set([plain, first, plan.fingerprint]).count == 3)
    }
}
