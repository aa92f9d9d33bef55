import KappaWire
import Testing

@Suite struct WireReaderTests {
    private func read<Value>(_ hex: String, _ body: (inout WireReader) throws -> Value) rethrows -> Value {
        try bytes(hexadecimal: hex).withUnsafeBytes {
            var reader = WireReader($0)
            return try body(&reader)
        }
    }

    @Test func integersAreBigEndian() throws {
        try read("80 01 00ff 7fffffff fffffffffffffffe") { reader in
            #expect(try reader.integer(Int8.self) == -128)
            #expect(try reader.integer(Int8.self) == 1)
            #expect(try reader.integer(Int16.self) == 255)
            #expect(try reader.integer(Int32.self) == .max)
            #expect(try reader.integer(Int64.self) == -2)
            try reader.finish()
        }
    }

    /// The examples are Protocol Buffers' own (its encoding of 150 and 300), and the ends of the range.
    @Test(arguments: [
        ("00", 0), ("01", 1), ("7f", 127), ("8001", 128), ("9601", 150), ("ac02", 300), ("ffffffff0f", UInt32.max),
    ])
    func variableLengthNumbersAreRead(_ hex: String, _ number: UInt32) throws {
        #expect(try read(hex) { try $0.variableLengthNumber() } == number)
        var writer = WireWriter()
        writer.append(variableLengthNumber: number)
        #expect(hexadecimal(writer.bytes) == hex)
    }

    @Test(arguments: ["ffffffff1f", "ffffffffff01", "808080808000"])
    func variableLengthNumbersBeyond32BitsAreRefused(_ hex: String) {
        #expect(throws: WireError.numberTooLong(index: 5)) { try read(hex) { try $0.variableLengthNumber() } }
    }

    @Test func readingPastTheEndSaysWhere() {
        #expect(throws: WireError.endedEarly(index: 2, needed: 4, available: 1)) {
            try read("000102") { reader in
                _ = try reader.integer(Int16.self)
                _ = try reader.integer(Int32.self)
            }
        }
    }

    @Test func unknownTagsAreSkipped() throws {
        // Two tags: 0 with three bytes, 200 with none.
        try read("02 00 03 aabbcc c801 00") { reader in
            try reader.skipTags()
            try reader.finish()
        }
    }

    @Test func textThatIsNotUTF8IsRefused() {
        #expect(throws: WireError.notUTF8(index: 2)) { try read("c328") { try $0.text(2) } }
    }
}
