/// Walks over a JSON text (RFC 8259) and checks every byte of it.
///
/// The text must be followed by `JSONBuffer.padding` zero bytes. A zero is wrong everywhere in JSON, so it ends every
/// loop and no step has to compare against the end. After a fault the cursor stands where the text went wrong.
@usableFromInline
struct JSONCursor {
    static let depthLimit = 512

    @usableFromInline var here: UnsafePointer<UInt8>

    @inlinable
    init(_ here: UnsafePointer<UInt8>) { self.here = here }

    @inline(__always)
    mutating func skipSpace() {
        while here.pointee == 0x20 || here.pointee == 0x0A || here.pointee == 0x0D || here.pointee == 0x09 {
            here += 1
        }
    }

    @inline(__always)
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard here.pointee == UInt8(ascii: scalar) else { return false }
        here += 1
        return true
    }

    /// Steps over a value and says what it was.
    mutating func skipValue(depth: Int = 0) throws(JSONFault) -> JSONValue {
        let start = here
        var escaped = false
        let kind: JSONKind
        switch here.pointee {
        case UInt8(ascii: "\""):
            here += 1
            escaped = try skipString()
            kind = .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try skipNumber()
            kind = .number
        case UInt8(ascii: "{"):
            try skipObject(depth: depth + 1)
            kind = .object
        case UInt8(ascii: "["):
            try skipArray(depth: depth + 1)
            kind = .array
        default: kind = try skipWord()
        }
        return JSONValue(
            start: start, length: UInt32(truncatingIfNeeded: here - start), kind: kind, isEscaped: escaped)
    }

    private mutating func skipWord() throws(JSONFault) -> JSONKind {
        if here[0] == UInt8(ascii: "n"), take("n"), take("u"), take("l"), take("l") { return .null }
        if here[0] == UInt8(ascii: "t"), take("t"), take("r"), take("u"), take("e") { return .true }
        if here[0] == UInt8(ascii: "f"), take("f"), take("a"), take("l"), take("s"), take("e") { return .false }
        throw here.pointee == 0 ? .endedEarly : .unexpected
    }

    private mutating func skipObject(depth: Int) throws(JSONFault) {
        guard depth <= JSONCursor.depthLimit else { throw .tooDeep }
        here += 1
        skipSpace()
        if take("}") { return }
        while true {
            guard take("\"") else { throw unexpected }
            _ = try skipString()
            try skipColon()
            _ = try skipValue(depth: depth)
            if try !skipComma(or: "}") { return }
        }
    }

    private mutating func skipArray(depth: Int) throws(JSONFault) {
        guard depth <= JSONCursor.depthLimit else { throw .tooDeep }
        here += 1
        skipSpace()
        if take("]") { return }
        while true {
            _ = try skipValue(depth: depth)
            if try !skipComma(or: "]") { return }
        }
    }

    @inline(__always)
    mutating func skipColon() throws(JSONFault) {
        if here.pointee != UInt8(ascii: ":") { skipSpace() }
        guard take(":") else { throw unexpected }
        skipSpace()
    }

    /// True after a comma, false after the closing bracket.
    @inline(__always)
    mutating func skipComma(or close: Unicode.Scalar) throws(JSONFault) -> Bool {
        skipSpace()
        if take(",") {
            skipSpace()
            return true
        }
        guard take(close) else { throw unexpected }
        return false
    }

    var unexpected: JSONFault { here.pointee == 0 ? .endedEarly : .unexpected }
}

// MARK: Numbers

extension JSONCursor {
    private mutating func skipNumber() throws(JSONFault) {
        _ = take("-")
        if !take("0") { try skipDigits() }
        if take(".") { try skipDigits() }
        if here.pointee | 0x20 == UInt8(ascii: "e") {
            here += 1
            if here.pointee == UInt8(ascii: "+") || here.pointee == UInt8(ascii: "-") { here += 1 }
            try skipDigits()
        }
    }

    @inline(__always)
    private mutating func skipDigits() throws(JSONFault) {
        guard here.pointee &- UInt8(ascii: "0") < 10 else { throw .badNumber }
        repeat { here += 1 } while here.pointee &- UInt8(ascii: "0") < 10
    }
}

// MARK: Strings

extension JSONCursor {
    /// Eight bytes at a time up to the closing quote; true when there was a backslash on the way.
    mutating func skipString() throws(JSONFault) -> Bool {
        var escaped = false
        while true {
            let special = JSONCursor.specials(in: UnsafeRawPointer(here).loadUnaligned(as: UInt64.self))
            guard special != 0 else {
                here += 8
                continue
            }
            here += special.trailingZeroBitCount >> 3
            switch here.pointee {
            case UInt8(ascii: "\""):
                here += 1
                return escaped
            case UInt8(ascii: "\\"):
                escaped = true
                try skipEscape()
            case 0x80...: try skipUTF8()
            case 0: throw .endedEarly
            default: throw .controlCharacter
            }
        }
    }

    /// The high bit of each byte that ends a plain run: a quote, a backslash, a control, the start of non-ASCII. The
    /// lowest one is exact; those above it may be echoes of a borrow.
    @inline(__always)
    static func specials(in word: UInt64) -> UInt64 {
        let word = UInt64(littleEndian: word)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found =
            ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- (ones &* 0x20)) & ~word) | word
        return found & (ones &* 0x80)
    }

    private mutating func skipEscape() throws(JSONFault) {
        switch here[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            here += 2
        case UInt8(ascii: "u"):
            guard JSONCursor.scalar(at: &here) != nil else { throw .badEscape }
        default: throw here[1] == 0 ? .endedEarly : .badEscape
        }
    }

    /// The scalar of a `\uXXXX`, or of two that are a surrogate pair, stepping over it. A lone half is nil: it could
    /// not be written as UTF-8 again.
    static func scalar(at place: inout UnsafePointer<UInt8>) -> UInt32? {
        guard let first = hex(place + 2) else { return nil }
        guard (0xD800...0xDFFF).contains(first) else {
            place += 6
            return first
        }
        guard first < 0xDC00, place[6] == UInt8(ascii: "\\"), place[7] == UInt8(ascii: "u"),
            let second = hex(place + 8), (0xDC00...0xDFFF).contains(second)
        else { return nil }
        place += 12
        return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private static func hex(_ digits: UnsafePointer<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            let byte = digits[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }

    /// One sequence of two to four bytes, by Unicode's table 3-7: nothing overlong, no surrogates, none above 10FFFF.
    private mutating func skipUTF8() throws(JSONFault) {
        let first = here[0]
        let second = here[1]
        let length: Int
        let allowed: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: (length, allowed) = (2, 0x80...0xBF)
        case 0xE0: (length, allowed) = (3, 0xA0...0xBF)
        case 0xED: (length, allowed) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, allowed) = (3, 0x80...0xBF)
        case 0xF0: (length, allowed) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, allowed) = (4, 0x80...0xBF)
        case 0xF4: (length, allowed) = (4, 0x80...0x8F)
        default: throw .badUTF8
        }
        guard allowed.contains(second), length < 3 || here[2] & 0xC0 == 0x80, length < 4 || here[3] & 0xC0 == 0x80
        else { throw .badUTF8 }
        here += length
    }
}
