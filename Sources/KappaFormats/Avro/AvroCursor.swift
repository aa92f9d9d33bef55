import KappaCore

/// Why bytes are not what their schema says.
package enum AvroFault: UInt8, Error, Sendable, CustomStringConvertible {
    case endedEarly, longVarint, negativeLength, badBlock, badBranch, badSymbol, badBoolean, badUTF8
    case badDecimal, tooDeep, tooMany, trailingBytes, unresolved, unknownSymbol

    package var description: String {
        switch self {
        case .endedEarly: "the bytes end too early"
        case .longVarint: "a number has more bits than its type"
        case .negativeLength: "a length is negative"
        case .badBlock: "a block counts more items than there can be"
        case .badBranch: "a union has no such branch"
        case .badSymbol: "an enum has no such symbol"
        case .badBoolean: "a boolean is neither 0 nor 1"
        case .badUTF8: "a string is not UTF-8"
        case .badDecimal: "a decimal has more digits than its type"
        case .tooDeep: "values are nested deeper than \(AvroCursor.depthLimit) levels"
        case .tooMany: "there are more values than so few bytes may hold"
        case .trailingBytes: "bytes are left after the value"
        case .unresolved: "the reader's schema has no place for a value of this type"
        case .unknownSymbol: "the reader's enum has neither the symbol nor a default"
        }
    }
}

/// Walks over Avro's binary encoding. Every length is checked against the bytes that are left before it is used.
struct AvroCursor {
    static let depthLimit = 200

    var here: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    /// How many more records, items and entries may be met. Values of no bytes cost nothing to send: an array of 2^40
    /// nulls, or records within records that fan out. What bytes can hold is bounded by them; the rest by this.
    var budget: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress ?? UnsafePointer(AvroCursor.nothing)
        here = start
        end = start + bytes.count
        budget = bytes.count * 64 + 10_000
    }

    /// A place for bytes that are none.
    nonisolated(unsafe) private static let nothing = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

    var remaining: Int { end - here }

    @inline(__always)
    mutating func long() throws(AvroFault) -> Int64 {
        guard here < end else { throw .endedEarly }
        let first = here.pointee
        if first < 0x80 {
            here += 1
            return AvroCursor.unzigzag(UInt64(first))
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(AvroFault) -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while here < end {
            let byte = here.pointee
            here += 1
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { throw .longVarint }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return AvroCursor.unzigzag(value) }
            shift += 7
        }
        throw .endedEarly
    }

    @inline(__always)
    mutating func int() throws(AvroFault) -> Int32 {
        let start = here
        let value = try long()
        // A fifth byte is the last that an int has.
        guard here - start <= 5, let int = Int32(exactly: value) else { throw .longVarint }
        return int
    }

    @inline(__always)
    private static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }

    @inline(__always)
    mutating func boolean() throws(AvroFault) -> Bool {
        guard here < end else { throw .endedEarly }
        guard here.pointee <= 1 else { throw .badBoolean }
        defer { here += 1 }
        return here.pointee == 1
    }

    @inline(__always)
    mutating func float() throws(AvroFault) -> Float {
        let bytes = try take(4)
        return Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
    }

    @inline(__always)
    mutating func double() throws(AvroFault) -> Double {
        let bytes = try take(8)
        return Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)))
    }

    /// So many bytes as they are.
    @inline(__always)
    mutating func take(_ count: Int) throws(AvroFault) -> UnsafeRawBufferPointer {
        guard count <= end - here else { throw .endedEarly }
        defer { here += count }
        return UnsafeRawBufferPointer(start: here, count: count)
    }

    /// Bytes behind their length.
    @inline(__always)
    mutating func bytes() throws(AvroFault) -> UnsafeRawBufferPointer {
        let length = try long()
        guard length >= 0 else { throw .negativeLength }
        guard length <= Int64(end - here) else { throw .endedEarly }
        return try take(Int(length))
    }

    @inline(__always)
    mutating func string() throws(AvroFault) -> UnsafeRawBufferPointer {
        let bytes = try bytes()
        guard AvroCursor.isPlain(bytes) || UTF8Check.isValid(bytes) else { throw .badUTF8 }
        return bytes
    }

    /// A short text of ASCII only, as most are.
    @inline(__always)
    private static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        var seen: UInt64 = 0
        while index + 8 <= bytes.count {
            seen |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            seen |= UInt64(bytes[index])
            index += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }

    /// The number of a union's branch or an enum's symbol.
    @inline(__always)
    mutating func index(below count: Int, or fault: AvroFault) throws(AvroFault) -> Int {
        let index = Int(try int())
        guard index >= 0, index < count else { throw fault }
        return index
    }

    @inline(__always)
    mutating func spend(_ count: Int) throws(AvroFault) {
        budget -= count
        guard budget >= 0 else { throw .tooMany }
    }

    /// How many items the next block of an array or map has; 0 behind the last one. A negative count has its size in
    /// bytes behind it.
    mutating func blockCount() throws(AvroFault) -> Int {
        var count = try long()
        if count < 0 {
            guard count != .min else { throw .badBlock }
            count = -count
            let size = try long()
            guard size >= 0 else { throw .negativeLength }
            guard size <= Int64(remaining) else { throw .endedEarly }
        }
        guard count <= Int64(budget) else { throw .tooMany }
        budget -= Int(count)
        return Int(count)
    }
}
