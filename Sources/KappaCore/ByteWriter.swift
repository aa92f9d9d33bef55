import Glibc

/// Text put together from pieces, in storage that is used again: what a hot path writes its output into.
///
/// Public only so that the loops of other rooms can have it inlined: what is `package` is called.
public struct ByteWriter: ~Copyable {
    @usableFromInline var storage: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var length = 0

    @inlinable public var count: Int {
        @inline(__always) get { length }
    }

    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        storage = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { storage.deallocate() }

    /// Borrowed until the next change.
    @inlinable
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: length) }

    @inlinable
    public func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage + range.lowerBound, count: range.count)
    }

    @inlinable
    public mutating func removeAll() { length = 0 }

    package mutating func truncate(to count: Int) { length = min(count, length) }

    @inlinable
    @inline(__always)
    mutating func reserve(_ extra: Int) {
        if length + extra > capacity { grow(extra) }
    }

    @usableFromInline
    mutating func grow(_ extra: Int) {
        let larger = max(capacity * 2, length + extra)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        memcpy(moved, storage, length)
        storage.deallocate()
        storage = moved
        capacity = larger
    }

    @inlinable
    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        storage.storeBytes(of: byte, toByteOffset: length, as: UInt8.self)
        length += 1
    }

    /// Changes a byte that has been written already: a length that is known only afterwards.
    @inlinable
    public mutating func overwrite(_ byte: UInt8, at place: Int) {
        precondition(place < length)
        storage.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
    }

    @inlinable
    @inline(__always)
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (storage + length).copyMemory(from: base, byteCount: bytes.count)
        length += bytes.count
    }

    @inlinable
    public mutating func append(literal text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(decimal value: Int64) {
        reserve(20)
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var rest = value.magnitude
        withUnsafeMutableBytes(of: &digits) { buffer in
            var place = buffer.count
            repeat {
                place -= 1
                buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                place -= 1
                buffer[place] = UInt8(ascii: "-")
            }
            append(UnsafeRawBufferPointer(rebasing: buffer[place...]))
        }
    }

    /// The shortest digits that read back as the same double.
    package mutating func append(number value: Double) {
        if !appendShort(value) { append(text: value.description) }
    }

    /// A number of up to four decimals, as instruments give them; false for any other. Two numbers of fifteen digits
    /// are never the same double, so where one of them reads back as the value there is no shorter one.
    private mutating func appendShort(_ value: Double) -> Bool {
        let magnitude = value.magnitude
        guard magnitude >= 0.001, magnitude < 1e10 else { return false }
        var (scale, decimals) = (10.0, 1)
        while decimals <= 4 {
            // Both are whole numbers that a double holds, so the quotient is rounded once, as in reading the digits.
            let digits = UInt64(magnitude * scale + 0.5)
            if Double(digits) / scale == magnitude {
                if value < 0 { append(UInt8(ascii: "-")) }
                appendFixed(digits, decimals: decimals)
                return true
            }
            scale *= 10
            decimals += 1
        }
        return false
    }

    private mutating func appendFixed(_ digits: UInt64, decimals: Int) {
        var text: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &text) { buffer in
            var (place, rest, left) = (buffer.count, digits, decimals)
            // One digit before the point at least.
            repeat {
                place -= 1
                buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                left -= 1
                if left == 0 {
                    place -= 1
                    buffer[place] = UInt8(ascii: ".")
                }
            } while rest > 0 || left >= 0
            append(UnsafeRawBufferPointer(rebasing: buffer[place...]))
        }
    }

    /// `"2022-04-15T22:06:38.737Z"`, without the quotes.
    package mutating func append(time: Timestamp) {
        reserve(40)
        length += time.write(rfc3339: UnsafeMutableRawBufferPointer(start: storage + length, count: 40))
    }
}

// MARK: JSON strings

extension ByteWriter {
    /// The text as a JSON string, quotes and all.
    package mutating func append(quoted text: String) {
        var text = text
        text.withUTF8 { append(quoted: UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(quoted bytes: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "\""))
        var plain = 0
        for (index, byte) in bytes.enumerated()
        where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            append(UnsafeRawBufferPointer(rebasing: bytes[plain..<index]))
            append(escaped: byte)
            plain = index + 1
        }
        append(UnsafeRawBufferPointer(rebasing: bytes[plain...]))
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escaped byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): append(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        default:
            let digits: StaticString = "0123456789abcdef"
            append(literal: "u00")
            append(digits.utf8Start[Int(byte >> 4)])
            append(digits.utf8Start[Int(byte & 15)])
        }
    }

    /// What a checked JSON string says, its escapes resolved.
    package mutating func append(decoded string: JSONValue) {
        let content = string.content
        guard string.isEscaped, let start = content.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            return append(content)
        }
        var here = start
        let end = start + content.count
        while here < end {
            if here.pointee == UInt8(ascii: "\\") {
                appendEscape(at: &here)
            } else {
                append(here.pointee)
                here += 1
            }
        }
    }

    private mutating func appendEscape(at here: inout UnsafePointer<UInt8>) {
        let letter = here[1]
        guard letter != UInt8(ascii: "u") else {
            let scalar = JSONCursor.scalar(at: &here).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
            for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(unit) }
            return
        }
        here += 2
        switch letter {
        case UInt8(ascii: "b"): append(0x08 as UInt8)
        case UInt8(ascii: "f"): append(0x0C as UInt8)
        case UInt8(ascii: "n"): append(0x0A as UInt8)
        case UInt8(ascii: "r"): append(0x0D as UInt8)
        case UInt8(ascii: "t"): append(0x09 as UInt8)
        default: append(letter)
        }
    }
}
