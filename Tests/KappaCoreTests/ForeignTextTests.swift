import KappaCore
import Testing

/// What others wrote and a terminal or a log is shown.
@Suite struct ForeignTextTests {
    @Test(arguments: [
        ("plain · übung 水", "plain · übung 水"), ("\u{1B}[2Jgone", "\\x1b[2Jgone"),
        ("a\u{7}b\u{8}\u{7F}", "a\\x07b\\x08\\x7f"),
        ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"), ("\u{9B}31m", "\\x9b31m"), ("abc\u{202E}txt", "abc\\u{202e}txt"),
        ("\u{0}", "\\x00"),
    ])
    func lineHasNoControlCharacter(text: String, shown: String) {
        #expect(ForeignText.line(text) == shown)
    }

    @Test func linesKeepTheirEndsAndNothingElse() {
        #expect(ForeignText.lines("a\n\tb\r\u{1B}c") == "a\n\tb\\r\\x1bc")
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], "a\\xffb"), ([0xC3], "\\xc3"), ([0xE6, 0xB0, 0xB4], "水"),
            ([0xE6, 0xB0, 0x1B], "\\xe6\\xb0\\x1b"),
            ([0x9B, 0x33], "\\x9b3"), ([], ""),
        ] as [([UInt8], String)])
    func bytesThatAreNoTextAreWrittenOut(bytes: [UInt8], shown: String) {
        #expect(bytes.withUnsafeBytes { ForeignText.lines($0) } == shown)
    }
}
