import KappaCore
import Testing

@testable import KappaSimulation

@Suite struct DamageTests {
    @Test func thirtyFiveTurnsShowEveryKindAtEveryField() {
        let seen = Set((0..<35).map { "\(Damage(turn: $0).kind) \(Damage(turn: $0).field)" })
        #expect(seen.count == 35)
    }

    @Test(arguments: [
        (0, #"{"borehole_number":null,"#), (1, #","instrument":"","#), (2, #""instrument":"piezometer","northing""#),
        (3, #","northing":"high","#), (4, #","easting":"#), (34, #","timestamp":"#), (13, #""timestamp":42}"#),
    ])
    func theKindsTakeTurns(turn: Int, part: String) {
        var random = SeededGenerator(seed: 1)
        let sensor = Sensor(instrument: .piezometer, borehole: 12, random: &random)
        let buffer = LineBuffer()
        let time = Timestamp(milliseconds: 0)
        Damage(turn: turn).append(sensor, hundredths: 1234, time: time, to: buffer)
        let text = String(decoding: buffer.bytes, as: UTF8.self)
        #expect(text.contains(part), "\(text)")
        #expect(text.hasSuffix("}") == (Damage(turn: turn).kind != .broken))
    }
}
