import Glibc
import KappaCore
import KappaFormats

/// Reads bytes that nobody wrote, by schemas of every kind, and schemas that are none. It must end, in little memory,
/// and what is read as JSON must be read into slots as well.
struct Fuzz {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    static let schemas = [
        #""string""#, #"["null","int","bytes"]"#, #"{"type":"array","items":"null"}"#,
        #"{"type":"map","values":{"type":"array","items":"long"}}"#,
        #"{"type":"record","name":"N","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","N"]}]}"#,
        #"{"type":"record","name":"Z","fields":[{"name":"z","type":"Z"}]}"#,
        #"{"type":"record","name":"T","fields":[{"name":"l","type":{"type":"array","items":"T"}}]}"#,
        #"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#,
        #"{"type":"long","logicalType":"timestamp-micros"}"#,
        #"{"type":"array","items":{"type":"record","name":"E","fields":[]}}"#,
        #"{"type":"enum","name":"S","symbols":["A","B"]}"#,
        #"{"type":"record","name":"R","fields":[{"name":"a","type":"string"},{"name":"b","type":"double"},"#
            + #"{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},"#
            + #"{"name":"c","type":["null","float",{"type":"map","values":"boolean"}]},"#
            + #"{"name":"f","type":{"type":"fixed","name":"F","size":3}}]}"#,
        fanOut,
    ]

    /// Forty levels, each twice the one below: 2^40 records in no bytes at all.
    private static let fanOut = (0..<40).reversed().reduce(#""null""#) { inner, level in
        let name = "L\(level)"
        let again = level == 39 ? inner : "\"L\(level + 1)\""
        return "{\"type\":\"record\",\"name\":\"\(name)\",\"fields\":[{\"name\":\"a\",\"type\":\(inner)},"
            + "{\"name\":\"b\",\"type\":\(again)}]}"
    }

    private mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    private mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    /// Small numbers, long ones, and lengths that lie.
    private mutating func input(_ old: [UInt8]) -> [UInt8] {
        var bytes = old
        if bytes.isEmpty || below(4) == 0 { bytes = (0..<below(40)).map { _ in UInt8(truncatingIfNeeded: next()) } }
        for _ in 0...below(4) {
            let place = bytes.isEmpty ? 0 : below(bytes.count)
            switch below(6) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1 where !bytes.isEmpty: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: [0x80, 0x80, 0x80, 0x80, 0x04], at: place)
            case 3: bytes.insert(contentsOf: [UInt8](repeating: 0xFF, count: 1 + below(10)) + [1], at: place)
            case 4: bytes.insert(UInt8(below(8)), at: place)
            default: bytes.append(0)
            }
        }
        return bytes.count > 400 ? [] : bytes
    }

    mutating func run(_ count: Int) {
        let parsed = Fuzz.schemas.compactMap { try? AvroSchema(parsing: $0) }
        guard parsed.count == Fuzz.schemas.count else { exit(1) }
        var (accepted, parsedTexts, most) = (0, 0, 0)
        var corpus = [[UInt8]](repeating: [], count: parsed.count)
        let share = count / parsed.count + 1
        for (index, schema) in parsed.enumerated() {
            let plan = AvroPlan(schema)
            var slots = AvroSlots(
                plan: plan, fields: ["a", "b", "t", "c", "f", "v", "next"].compactMap { FieldPath($0) })
            var json = ByteWriter()
            for _ in 0..<share {
                let bytes = input(corpus[index])
                json.removeAll()
                let read = bytes.withUnsafeBytes { (try? plan.appendJSON($0, to: &json)) != nil }
                let taken = bytes.withUnsafeBytes { (try? slots.read($0)) != nil }
                guard read == taken else {
                    print("slots and JSON differ on \(bytes) of \(Fuzz.schemas[index])")
                    exit(1)
                }
                most = max(most, json.count)
                if read { (accepted, corpus[index]) = (accepted + 1, bytes) }
            }
        }
        for index in 0..<(count / 100 + 1) where parses(changed(Fuzz.schemas[index % parsed.count])) {
            parsedTexts += 1
        }
        print(
            "inputs=\(share * parsed.count) accepted=\(accepted) schemas=\(parsedTexts) longest=\(most) "
                + "kilobytes=\(Fuzz.peakKilobytes)")
    }

    /// Of this program alone: what getrusage(2) calls the peak is inherited from the process that started it.
    private static var peakKilobytes: Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 8192)
        let count = fread(&text, 1, text.count, file)
        let lines = String(decoding: text[..<count], as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("VmHWM:") } ?? ""
        return Int(line.filter(\.isNumber)) ?? 0
    }

    private mutating func changed(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0...below(3) {
            let place = below(bytes.count)
            switch below(3) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1 where bytes.count > 2: bytes.remove(at: place)
            default: bytes.insert(contentsOf: Array("\"[{,".utf8)[below(4)...], at: place)
            }
        }
        return bytes
    }

    /// Where a damaged schema is still one, it can be read by.
    private func parses(_ text: [UInt8]) -> Bool {
        guard let schema = try? AvroSchema(parsing: text) else { return false }
        var json = ByteWriter()
        _ = schema.canonicalForm
        _ = schema.wrongDefault
        let plan = AvroPlan(schema)
        [UInt8](repeating: 2, count: 20).withUnsafeBytes { try? plan.appendJSON($0, to: &json) }
        return true
    }
}
