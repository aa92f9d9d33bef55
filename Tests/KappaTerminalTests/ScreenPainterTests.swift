import Testing

@testable import KappaTerminal

/// Only what has changed is written.
@Suite struct ScreenPainterTests {
    @Test func onlyChangedLinesAreWritten() {
        #expect(ScreenPainter.changes(from: ["a", "b", "c"], to: ["a", "B", "c"]) == "\u{1B}[2;1HB\u{1B}[0m\u{1B}[K")
        #expect(ScreenPainter.changes(from: ["a", "b"], to: ["a"]) == "\u{1B}[2;1H\u{1B}[0m\u{1B}[K")
        #expect(ScreenPainter.changes(from: ["a"], to: ["a", ""]) == "")
    }
}
