import Glibc
import KappaCore
import KappaFormats

/// Values of a JSON file, kept apart from the text they came in.
indirect enum Fixture {
    case text(String)
    /// A number, a word, or nothing.
    case raw(String)
    case list([Fixture])
    case object([(name: String, value: Fixture)])

    static func load(_ name: String) -> Fixture {
        let folder = "\(#filePath)".split(separator: "/").dropLast().joined(separator: "/")
        guard let file = fopen("/\(folder)/Fixtures/\(name)", "r") else { preconditionFailure("no fixture \(name)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return Fixture(bytes)
    }

    init(_ bytes: [UInt8]) {
        var buffer = JSONBuffer()
        bytes.withUnsafeBytes { buffer.load($0) }
        guard let value = try? JSONValue(checking: buffer) else { preconditionFailure("a fixture is not JSON") }
        self.init(value)
    }

    init(_ value: JSONValue) {
        switch value.kind {
        case .string: self = .text(value.text)
        case .array:
            var found: [Fixture] = []
            var items = JSONItems(value)
            while let item = items.next() { found.append(Fixture(item)) }
            self = .list(found)
        case .object:
            var found: [(name: String, value: Fixture)] = []
            try? value.forEachField { name, value in found.append((name.text, Fixture(value))) }
            self = .object(found)
        default: self = .raw(value.text)
        }
    }

    subscript(name: String) -> Fixture? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var items: [Fixture] {
        if case .list(let items) = self { return items }
        return []
    }

    var text: String {
        switch self {
        case .text(let text), .raw(let text): text
        default: json
        }
    }

    /// The JSON text again.
    var json: String {
        switch self {
        case .text(let text):
            var writer = ByteWriter()
            writer.append(quoted: text)
            return String(decoding: writer.bytes, as: UTF8.self)
        case .raw(let text): return text
        case .list(let items): return "[\(items.map(\.json).joined(separator: ","))]"
        case .object(let members):
            return "{\(members.map { "\(Fixture.text($0.name).json):\($0.value.json)" }.joined(separator: ","))}"
        }
    }

    /// Whether JSON that was read says this value: numbers as numbers, and what JSON cannot hold in its text.
    func says(_ told: Fixture) -> Bool {
        switch (self, told) {
        case (.list(let mine), .list(let yours)):
            return mine.count == yours.count && zip(mine, yours).allSatisfy { $0.says($1) }
        case (.object(let members), _) where members.first?.name.hasPrefix("$") == true:
            return special(members[0], told)
        case (.object(let mine), .object(let yours)):
            return mine.count == yours.count
                && mine.allSatisfy { name, value in told[name].map { value.says($0) } ?? false }
        case (.raw(let mine), .raw(let yours)):
            guard mine != yours else { return true }
            guard let left = Double(mine), let right = Double(yours) else { return false }
            return left == right && left.sign == right.sign
        case (.text(let mine), .text(let yours)): return mine == yours
        default: return false
        }
    }

    private func special(_ member: (name: String, value: Fixture), _ told: Fixture) -> Bool {
        guard case .text(let found) = told else {
            return member.name == "$branch" && self["value"].map { $0.says(told) } ?? false
        }
        let wanted = member.value.text
        switch member.name {
        case "$hex": return found.unicodeScalars.elementsEqual(bytes(hex: wanted).map { Unicode.Scalar($0) })
        case "$instant":
            let digits = { (text: String) in text.split(separator: ".").last?.filter { $0.isNumber } ?? "" }
            let same = Timestamp(rfc3339: wanted)?.milliseconds == Timestamp(rfc3339: found)?.milliseconds
            return same && digits(wanted.replacing("+00:00", with: "")).hasPrefix(digits(found).prefix(6))
        case "$time": return wanted.hasPrefix(found)
        default: return found == wanted
        }
    }
}

func bytes(hex text: String) -> [UInt8] {
    let digits = Array(text.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// What a plan makes of bytes.
func json(_ plan: AvroPlan, _ bytes: [UInt8]) throws -> String {
    var writer = ByteWriter()
    try bytes.withUnsafeBytes { try plan.appendJSON($0, to: &writer) }
    return String(decoding: writer.bytes, as: UTF8.self)
}

/// The bytes of a JSON value.
func encoded(_ json: String, _ schema: AvroSchema, form: AvroEncoder.Form = .plain) throws -> [UInt8] {
    var buffer = JSONBuffer()
    Array(json.utf8).withUnsafeBytes { buffer.load($0) }
    var writer = ByteWriter()
    try AvroEncoder(schema, form: form).append(try JSONValue(checking: buffer), to: &writer)
    return Array(writer.bytes)
}
