import KappaCore

extension AvroName {
    /// A name as it is written: with dots it is a full one, else it belongs to the namespace around it.
    init(_ text: String, in space: String) {
        guard let dot = text.lastIndex(of: ".") else {
            self.init(space: space, short: text)
            return
        }
        self.init(space: String(text[..<dot]), short: String(text[text.index(after: dot)...]))
    }

    var isValid: Bool {
        guard AvroName.isWord(short) else { return false }
        return space.isEmpty
            || space.split(separator: Character("."), maxSplits: .max, omittingEmptySubsequences: false)
                .allSatisfy { AvroName.isWord($0) }
    }

    /// `[A-Za-z_][A-Za-z0-9_]*`
    static func isWord(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !AvroName.isDigit(first) else { return false }
        return text.utf8.allSatisfy { byte in
            AvroName.isDigit(byte) || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension AvroLogicalType {
    /// Nil where there is none, or one that does not fit the type below it.
    init?(_ object: [String: JSONValue], on kind: AvroType.Kind, size: Int) {
        guard let word = object["logicalType"], word.kind == .string else { return nil }
        switch (word.text, kind) {
        case ("date", .int): self = .date
        case ("time-millis", .int): self = .timeMillis
        case ("time-micros", .long): self = .timeMicros
        case ("timestamp-millis", .long): self = .timestampMillis
        case ("timestamp-micros", .long): self = .timestampMicros
        case ("timestamp-nanos", .long): self = .timestampNanos
        case ("local-timestamp-millis", .long): self = .localTimestampMillis
        case ("local-timestamp-micros", .long): self = .localTimestampMicros
        case ("local-timestamp-nanos", .long): self = .localTimestampNanos
        case ("uuid", .string): self = .uuid
        case ("decimal", .bytes), ("decimal", .fixed):
            let scale = object["scale"].map { $0.wholeNumber ?? -1 } ?? 0
            guard let precision = object["precision"]?.wholeNumber,
                (1...Int64(AvroDecimal.mostDigits)).contains(precision),
                (0...precision).contains(scale)
            else { return nil }
            self = .decimal(precision: Int(precision), scale: Int(scale))
        default: return nil
        }
    }
}

extension JSONValue {
    /// An object's members by name; of several with one name the last.
    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        try? forEachField { name, value in members[name.text] = value }
        return members
    }

    /// A number without fraction, as it is written.
    package var wholeNumber: Int64? { kind == .number ? Int64(String(decoding: raw, as: UTF8.self)) : nil }
}
