import Glibc

/// Text put together from pieces, in storage that is used again: what a hot path writes its output into.
package struct ByteWriter: ~Copyable {
    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        storage = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { storage.deallocate() }

    /// Borrowed until the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: count) }

    package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage + range.lowerBound, count: range.count)
    }

    package mutating func removeAll() { count = 0 }

    package mutating func truncate(to count: Int) { self.count = min(count, self.count) }

    @inline(__always)
    private mutating func reserve(_ extra: Int) {
        if count + extra > capacity { grow(extra) }
    }

    private mutating func grow(_ extra: Int) {
        let larger = max(capacity * 2, count + extra)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        memcpy(moved, storage, count)
        storage.deallocate()
        storage = moved
        capacity = larger
    }

    package mutating func append(_ byte: UInt8) {
        reserve(1)
        storage.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Changes a byte that has been written already: a length that is known only afterwards.
    package mutating func overwrite(_ byte: UInt8, at place: Int) {
        precondition(place < count)
        storage.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        memcpy(storage + count, base, bytes.count)
        count += bytes.count
    }

    package mutating func append(literal text: StaticString) {
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
        append(text: value.description)
    }

    /// `"2022-04-15T22:06:38.737Z"`, without the quotes.
    package mutating func append(time: Timestamp) {
        reserve(40)
        count += time.write(rfc3339: UnsafeMutableRawBufferPointer(start: storage + count, count: 40))
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
