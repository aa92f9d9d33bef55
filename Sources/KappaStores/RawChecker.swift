import KappaCore

/// Tells which records can be rows of a raw view: those that every store can hold alike.
struct RawChecker: ~Copyable {
    private var reader = JSONFieldReader(fields: [])
    private var buffer = JSONBuffer()

    mutating func check(_ row: BatchRow, in arena: borrowing ByteArena) -> String? {
        guard TimeBounds.storable.contains(Timestamp(milliseconds: row.milliseconds)) else {
            return "the record's timestamp lies outside the years 1 to 9999"
        }
        if let key = row.key, let reason = checkText(arena.bytes(key)) { return "the key \(reason)" }
        if let value = row.value, let reason = checkJSON(arena.bytes(value)) { return "the value \(reason)" }
        if let headers = row.headers, let reason = checkJSON(arena.bytes(headers)) { return "a header \(reason)" }
        return nil
    }

    private func checkText(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count <= ResultDecoder.longestText else {
            return "is longer than \(ResultDecoder.longestText) bytes"
        }
        guard !bytes.contains(0) else { return "holds a NUL character, which no store keeps in a text" }
        guard String(validating: bytes, as: UTF8.self) != nil else { return "is not UTF-8" }
        return nil
    }

    private mutating func checkJSON(_ bytes: UnsafeRawBufferPointer) -> String? {
        buffer.load(bytes)
        do {
            _ = try reader.read(buffer)
        } catch {
            return "is not JSON: \(error), at byte \(reader.faultOffset)"
        }
        return holdsEscapedNUL(bytes) ? "holds a NUL character, which no store keeps in a text" : nil
    }

    /// Whether there is a `\u0000` whose backslash is not itself escaped.
    private func holdsEscapedNUL(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 5 < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "u"),
                bytes[index + 2..<index + 6].allSatisfy({ $0 == UInt8(ascii: "0") })
            {
                return true
            }
            index += 2
        }
        return false
    }
}
