import Glibc
import KappaCore

/// The bytes that stand for a window's key: each field's kind, length and decoded text, one after another. Two
/// spellings of the same string ("\u0041" and "A") are the same key.
enum KeyText {
    struct Part {
        var isString: Bool
        var text: UnsafeRawBufferPointer
    }

    static func append(_ value: JSONValue, to key: inout ByteWriter) {
        let place = key.count
        key.append(value.kind == .string ? 1 : 0 as UInt8)
        key.append(0 as UInt8)
        key.append(0 as UInt8)
        let start = key.count
        if value.kind == .string { key.append(decoded: value) } else { key.append(value.raw) }
        let length = key.count - start
        key.overwrite(UInt8(truncatingIfNeeded: length), at: place + 1)
        key.overwrite(UInt8(truncatingIfNeeded: length >> 8), at: place + 2)
    }

    static func append(text: String, isString: Bool, to key: inout ByteWriter) {
        let length = text.utf8.count
        key.append(isString ? 1 : 0 as UInt8)
        key.append(UInt8(truncatingIfNeeded: length))
        key.append(UInt8(truncatingIfNeeded: length >> 8))
        key.append(text: text)
    }

    /// The longest text of one field; a longer one does not fit the length.
    static let longest = Int(UInt16.max)

    /// The part at a place, and where the next one begins.
    @inline(__always)
    static func part(of key: UnsafeRawBufferPointer, at place: inout Int) -> Part {
        let length = Int(key[place + 1]) | Int(key[place + 2]) << 8
        let text = UnsafeRawBufferPointer(rebasing: key[(place + 3)..<(place + 3 + length)])
        defer { place += 3 + length }
        return Part(isString: key[place] == 1, text: text)
    }

    /// The first eight bytes of the first field as a number: in the order of `precedes`, as far as it goes.
    static func prefix(of key: UnsafeRawBufferPointer) -> UInt64 {
        guard key.count > 3 else { return 0 }
        let length = min(Int(key[1]) | Int(key[2]) << 8, 8)
        var prefix: UInt64 = 0
        for index in 0..<8 { prefix = prefix << 8 | (index < length ? UInt64(key[3 + index]) : 0) }
        return prefix
    }

    /// The order of results within one window end: field by field, by bytes.
    static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        var (one, other) = (0, 0)
        while one < left.count, other < right.count {
            let (mine, yours) = (part(of: left, at: &one), part(of: right, at: &other))
            if WindowState.precedes(mine.text, yours.text) { return true }
            if WindowState.precedes(yours.text, mine.text) { return false }
            if mine.isString != yours.isString { return !mine.isString }
        }
        return false
    }
}
