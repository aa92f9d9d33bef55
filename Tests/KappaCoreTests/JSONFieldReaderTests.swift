import KappaCore
import Testing

@Suite struct JSONFieldReaderTests {
    private func read(_ text: String, _ fields: [String]) throws -> (JSONKind, [JSONKind], [String]) {
        var text = text
        var buffer = JSONBuffer(capacity: 16)
        text.withUTF8 { buffer.load(UnsafeRawBufferPointer($0)) }
        var reader = JSONFieldReader(fields: fields)
        let kind = try reader.read(buffer)
        return (kind, fields.indices.map { reader[$0].kind }, fields.indices.map { reader[$0].text })
    }

    @Test func findsTheWantedFieldsAndNoOthers() throws {
        let text = #" { "a" : 1.50 , "other": {"a": [2, {"b": 3}]}, "b":"x\ty", "c":null,"d":[true,false] } "#
        let (kind, kinds, texts) = try read(text, ["a", "b", "c", "d", "gone"])
        #expect(kind == .object)
        #expect(kinds == [.number, .string, .null, .array, .absent])
        #expect(texts == ["1.50", "x\ty", "null", "[true,false]", ""])
    }

    @Test func theLastOfTwoFieldsOfTheSameNameCounts() throws {
        #expect(try read(#"{"a":1,"b":2,"a":3}"#, ["a"]).2 == ["3"])
    }

    @Test func aNameWithEscapesIsStillFound() throws {
        #expect(try read(#"{"r\u0065ading":7}"#, ["reading"]).2 == ["7"])
        #expect(try read(#"{"a\"b":7}"#, ["a\"b"]).2 == ["7"])
    }

    @Test func decodesEveryEscape() throws {
        let text = #"{"a":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00é"}"#
        #expect(try read(text, ["a"]).2 == ["\"\\/\u{8}\u{c}\n\r\té€😀é"])
    }

    @Test(arguments: [
        ("", JSONFault.empty), ("  ", .empty), ("{", .endedEarly), ("{\"a\"", .endedEarly), ("{\"a\":1", .endedEarly),
        ("{\"a\":1}x", .trailingBytes), ("{\"a\":1},", .trailingBytes), ("{\"a\":01}", .unexpected),
        ("{\"a\":1.}", .badNumber), ("{\"a\":-}", .badNumber), ("{\"a\":1e}", .badNumber), ("{\"a\":.5}", .unexpected),
        ("{\"a\":+1}", .unexpected), ("{\"a\":NaN}", .unexpected), ("{\"a\":nul}", .unexpected),
        ("{\"a\":\"\n\"}", .controlCharacter), ("{\"a\":\"\\x\"}", .badEscape), ("{\"a\":\"\\ud800\"}", .badEscape),
        ("{\"a\":\"\\udc00\"}", .badEscape), ("{\"a\":\"\\u12g4\"}", .badEscape), ("{\"a\":\"abc}", .endedEarly),
        ("{a:1}", .unexpected), ("{\"a\":1,}", .unexpected), ("[1,]", .unexpected), ("{'a':1}", .unexpected),
        ("{\"a\" 1}", .unexpected), ("\u{FEFF}{}", .unexpected), ("hello", .unexpected),
    ])
    func brokenTextIsRefusedWhole(text: String, fault: JSONFault) {
        #expect(throws: fault) { try read(text, ["a"]) }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF],
        ] as [[UInt8]])
    func whatIsNotUTF8IsRefused(bytes: [UInt8]) {
        let text = Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)
        var buffer = JSONBuffer()
        text.withUnsafeBytes { buffer.load($0) }
        var reader = JSONFieldReader(fields: ["a"])
        var fault: JSONFault?
        do { _ = try reader.read(buffer) } catch { fault = error }
        #expect(fault == .badUTF8)
    }

    @Test func anyCutOfARecordIsRefused() throws {
        let text = Array(#"{"a":"é\u20AC","b":[1.5e3,{"c":null}],"d":-0.25,"e":true}"#.utf8)
        var reader = JSONFieldReader(fields: ["a", "d"])
        var buffer = JSONBuffer()
        for length in 0..<text.count {
            text[..<length].withUnsafeBytes { buffer.load($0) }
            #expect(throws: JSONFault.self) { _ = try reader.read(buffer) }
        }
        text.withUnsafeBytes { buffer.load($0) }
        #expect(try reader.read(buffer) == .object)
    }

    @Test func aZeroByteIsNeverTheEnd() {
        #expect(throws: JSONFault.self) { _ = try read("{\"a\":1}\0", ["a"]) }
        #expect(throws: JSONFault.self) { _ = try read("{\"a\":\"x\0\"}", ["a"]) }
    }

    @Test func nestingHasALimit() throws {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(try read(deep(500), []).0 == .array)
        #expect(throws: JSONFault.tooDeep) { try read(deep(100_000), []) }
    }

    @Test func itemsAreReadOneByOne() throws {
        var text = #"{"items":[ {"a":1} , 5,{"b":2,"a":[3]}, "x" ]}"#
        var buffer = JSONBuffer()
        text.withUTF8 { buffer.load(UnsafeRawBufferPointer($0)) }
        var outer = JSONFieldReader(fields: ["items"])
        var inner = JSONFieldReader(fields: ["a"])
        _ = try outer.read(buffer)
        var items = JSONItems(outer[0])
        var seen: [String] = []
        while let item = items.next(into: &inner) { seen.append("\(item.text) \(inner[0].text)") }
        #expect(seen == [#"{"a":1} 1"#, "5 ", #"{"b":2,"a":[3]} [3]"#, "x "])
    }
}

@Suite struct JSONNumberTests {
    private func double(_ text: String) throws -> Double? {
        var text = text
        var buffer = JSONBuffer()
        text.withUTF8 { buffer.load(UnsafeRawBufferPointer($0)) }
        return try JSONValue(checking: buffer).double
    }

    /// Swift's own `Double(String)` is the second opinion.
    @Test func randomNumbersAreRoundedToNearest() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let digits = String(UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0..<64))
            let fraction = Bool.random() ? ".\(UInt64.random(in: 0...UInt64.max) >> UInt64.random(in: 0..<64))" : ""
            let exponent = Bool.random() ? "e\(Int.random(in: -320...300))" : ""
            let text = (Bool.random() ? "-" : "") + digits + fraction + exponent
            let expected = Double(text).flatMap { $0.isFinite ? $0 : nil }
            #expect(try double(text)?.bitPattern == expected?.bitPattern, "\(text)")
        }
    }

    @Test(arguments: [
        "0", "-0", "1e22", "1e23", "9007199254740993", "9007199254740992", "123456789012345678901234567890",
        "2.2250738585072011e-308", "4.9e-324", "1.7976931348623157e308", "0.000000000000000000000000000001",
        "179769313486231570793e288", "8.5e-1", "113.96",
    ])
    func hardNumbersAreExact(text: String) throws {
        #expect(try double(text)?.bitPattern == Double(text)?.bitPattern)
    }

    @Test func aNumberBeyondTheDoublesIsNone() throws {
        #expect(try double("1e400") == nil)
    }
}
