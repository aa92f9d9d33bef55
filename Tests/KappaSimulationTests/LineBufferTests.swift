import Testing

@testable import KappaSimulation

@Suite struct LineBufferTests {
    @Test(arguments: [
        (0, "0.0"), (5, "0.05"), (-5, "-0.05"), (10, "0.1"), (11396, "113.96"), (-3000, "-30.0"), (-101, "-1.01"),
        (99999, "999.99"), (100_000, "1000.0"),
    ])
    func hundredthsAreWrittenAsJSONNumbers(hundredths: Int, text: String) {
        let buffer = LineBuffer(capacity: 8)
        buffer.append(hundredths: hundredths)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == text)
    }

    @Test func growsAndShortens() {
        let buffer = LineBuffer(capacity: 4)
        for _ in 0..<100 { buffer.append("abcdefgh") }
        #expect(buffer.count == 800)
        buffer.shorten(to: 4)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == "abcd")
    }
}
