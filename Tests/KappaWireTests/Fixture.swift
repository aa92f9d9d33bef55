import Glibc
import KappaWire

/// What another implementation of the protocol wrote; Fixtures/generate.py says how it was made.
struct Fixture: Sendable {
    var message: String
    var version: Int16
    var variant: String
    /// Length, header and body.
    var frame: [UInt8]
    /// The value of each field: `topics.0.name=Name-ü4`.
    var fields: [String]

    var name: String { "\(message) v\(version) \(variant)" }

    static let correlationId: Int32 = 0x0102_0304
    var clientId: String? { variant == "full" ? "kläppa" : nil }

    static let all: [Fixture] = {
        var fixtures: [Fixture] = []
        for line in lines(of: "frames.txt") {
            if line.hasPrefix("> ") {
                let words = line.split(separator: " ")
                fixtures.append(
                    Fixture(
                        message: String(words[1]), version: Int16(words[2])!, variant: String(words[3]), frame: [],
                        fields: []))
            } else if fixtures[fixtures.count - 1].frame.isEmpty {
                fixtures[fixtures.count - 1].frame = bytes(hexadecimal: line)
            } else {
                fixtures[fixtures.count - 1].fields.append(String(line))
            }
        }
        return fixtures
    }()

    static let byMessage = Dictionary(grouping: all, by: \.message)

    static func lines(of name: String) -> [Substring] {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        guard let file = fopen("/\(folder)/Fixtures/\(name)", "r") else { fatalError("no fixture \(name)") }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
    }
}

/// Reads a message that borrows nothing.
func decode<Body: Message>(_: Body.Type, _ hex: String, version: Int16) throws -> Body {
    try bytes(hexadecimal: hex).withUnsafeBytes { try Body(decoding: $0, version: version) }
}

func bytes(hexadecimal text: some StringProtocol) -> [UInt8] {
    let digits = text.utf8.filter { $0 != UInt8(ascii: " ") }.map { digit -> UInt8 in
        digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
    }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return bytes.reduce(into: "") { text, byte in
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
}
