import KappaCore
import Testing

@Suite struct FieldPredicateTests {
    private func accepts(_ test: String, _ record: String) throws -> Bool {
        var filter = RecordFilter([try FieldPredicate(test)])
        var record = record
        return record.withUTF8 { filter.accepts(UnsafeRawBufferPointer($0)) }
    }

    private let reading =
        #"{"instrument":"piezometer","reading":113.96,"name":{"first":"Ann"},"gone":null,"tags":["a","b"]}"#

    @Test(arguments: [
        "reading > 100", "reading >= 113.96", "reading=113.960", "reading != 5", "instrument = piezometer",
        "instrument == 'piezometer'", "instrument ~ zom", "name.first = Ann", "gone = null", "tags.1 = b",
        "instrument < q", "instrument=\"piezometer\"",
    ])
    func passes(test: String) throws {
        #expect(try accepts(test, reading))
    }

    @Test(arguments: [
        "reading > 200", "reading < 113.96", "instrument = Piezometer", "name.last = Ann", "gone = 5", "absent != 5",
        "absent = null", "tags.2 = b", "gone != 5",
    ])
    func refuses(test: String) throws {
        #expect(try !accepts(test, reading))
    }

    @Test(arguments: ["", "reading", "> 5", "reading >", "a..b = 1"])
    func aTestThatIsNoneIsRefused(text: String) {
        #expect(throws: WordError.self) { try FieldPredicate(text) }
    }

    @Test func whatIsNotJSONPassesNoTest() throws {
        #expect(try !accepts("reading > 1", #"{"reading":5"#))
    }
}

@Suite struct ByteWriterTests {
    private func text(_ body: (inout ByteWriter) -> Void) -> String {
        var writer = ByteWriter(capacity: 16)
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func writesStringsThatJSONReadsBack() {
        #expect(text { $0.append(quoted: "a\"b\\c\n\u{1}é") } == #""a\"b\\c\n\u0001é""#)
    }

    /// Swift's own description is the shortest text that reads back as the same double.
    @Test func writesTheShortestDigitsOfAnyNumber() {
        var random = SystemRandomNumberGenerator()
        var numbers = [0.0, -0.0, 1, -1, 0.05, 0.001, 0.0009999, 1e9, 9_999_999_999.5, 1e10, 1e16, .pi, 100.25]
        numbers += [.leastNonzeroMagnitude, .greatestFiniteMagnitude, .leastNormalMagnitude]
        for _ in 0..<20_000 {
            let scale = [1.0, 10, 100, 1000, 1e4, 1e5, 1e6].randomElement(using: &random)!
            numbers.append((Double.random(in: -1e10...1e10, using: &random) / 1000 * scale).rounded() / scale)
            numbers.append((Double.random(in: -100...100, using: &random) * scale).rounded() / scale)
            numbers.append(Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random)))
            numbers.append(Double.random(in: -1000...1000, using: &random))
        }
        for number in numbers where number.isFinite {
            #expect(text { $0.append(number: number) } == number.description)
        }
    }

    @Test func writesNumbersAndTimes() {
        #expect(text { $0.append(decimal: Int64.min) } == "-9223372036854775808")
        #expect(text { $0.append(decimal: 0) } == "0")
        #expect(text { $0.append(number: 0.1 + 0.2) } == "0.30000000000000004")
        #expect(
            text { $0.append(time: Timestamp(milliseconds: 1_650_060_398_737)) } == "2022-04-15T22:06:38.737Z")
    }
}
