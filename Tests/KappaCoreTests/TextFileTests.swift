import KappaCore
import KappaTestSupport
import Testing

@Suite struct TextFileTests {
    private func read(_ bytes: [UInt8], otherwise fallback: TextFallback = .refuse) throws -> String {
        try TextFile.text(of: bytes, "'x.csv'", otherwise: fallback)
    }

    @Test(arguments: [
        "a\nb\n", "\u{FEFF}a\nb\n", "a\r\nb\r\n", "a\r\nb\n", "a\nb\r\n", "a\rb\r", "\u{FEFF}a\r\nb\r\n",
    ])
    func everyEditorsLineEndsAndMarkAreTheSameText(text: String) throws {
        #expect(try read(Array(text.utf8)) == "a\nb\n")
    }

    @Test func emptyLinesAreKeptSoThatLineNumbersAreThoseOfTheFile() throws {
        #expect(try read(Array("a\r\n\r\nb".utf8)).textLines == ["a", "", "b"])
        #expect(try read(Array("a\r\r\nb".utf8)).textLines == ["a", "", "b"])
        #expect("a \t\n b\n".textLines == ["a", " b", ""])
    }

    /// As iconv writes them: with and without a byte order mark, of both byte orders.
    @Test(arguments: [
        [0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00], [0xFE, 0xFF, 0x00, 0x61, 0x00, 0x0A], [0x61, 0x00, 0x0A, 0x00],
        [0x00, 0x61, 0x00, 0x0A], [0xFF, 0xFE],
    ])
    func utf16IsRefusedByName(bytes: [UInt8]) {
        let error = #expect(throws: TextFileFailure.self) { try read(bytes) }
        #expect(error?.message == "'x.csv' is saved as UTF-16")
        #expect(error?.hint == "save it as UTF-8")
    }

    @Test func aZeroByteIsRefused() {
        let error = #expect(throws: TextFileFailure.self) { try read(Array("abcdefg\0".utf8)) }
        #expect(error?.message == "'x.csv' holds a zero byte, so it is no text")
    }

    /// `ü` as Windows-1252 has it.
    @Test func anotherEncodingIsRefusedWithItsLine() throws {
        let bytes: [UInt8] = Array("a\nb".utf8) + [0xFC]
        let error = #expect(throws: TextFileFailure.self) { try read(bytes) }
        #expect(error?.message == "'x.csv', line 2: a byte that is not UTF-8")
        #expect(try read(bytes, otherwise: .latin1) == "a\nbü")
    }

    @Test func aFileThatIsNotThereIsTold() throws {
        let folder = try TemporaryDirectory()
        let error = #expect(throws: TextFileFailure.self) { try TextFile.read("\(folder.path)/none", as: "the list") }
        #expect(error?.isMissing == true)
        #expect(error?.message == "cannot read the list '\(folder.path)/none': No such file or directory")
    }
}
