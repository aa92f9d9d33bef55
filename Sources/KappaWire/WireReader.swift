/// Reads the protocol's primitive values from borrowed bytes; every step is checked against what is left.
package struct WireReader {
    package let bytes: UnsafeRawBufferPointer
    package private(set) var index = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inline(__always)
    package var remaining: Int { bytes.count - index }

    @inline(__always)
    private mutating func advance(by count: Int) throws(WireError) -> Int {
        guard count <= remaining else {
            throw .endedEarly(index: index, needed: count, available: remaining)
        }
        defer { index += count }
        return index
    }

    @inline(__always)
    package mutating func integer<Value: FixedWidthInteger>(_: Value.Type) throws(WireError) -> Value {
        let start = try advance(by: MemoryLayout<Value>.size)
        return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: Value.self))
    }

    /// An unsigned number of seven bits a byte, the lowest first; five bytes at most.
    package mutating func variableLengthNumber() throws(WireError) -> UInt32 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 28, by: 7) {
            let byte = bytes[try advance(by: 1)]
            value |= UInt64(byte & 0x7f) << shift
            guard byte & 0x80 != 0 else {
                guard let number = UInt32(exactly: value) else { break }
                return number
            }
        }
        throw .numberTooLong(index: index)
    }

    /// The next bytes, borrowed: valid for as long as those of the reader are.
    package mutating func slice(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        let start = try advance(by: count)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    }

    /// Text names topics, groups and producers. Bytes that are not UTF-8 are refused rather than mended, for mending
    /// would give two names the same spelling.
    package mutating func text(_ count: Int) throws(WireError) -> String {
        let slice = try slice(count)
        guard let text = String(validating: slice, as: UTF8.self) else { throw .notUTF8(index: index) }
        return text
    }

    /// Tagged fields that nobody here reads: their count, then tag, size and bytes of each.
    package mutating func skipTags() throws(WireError) {
        for _ in 0..<(try variableLengthNumber()) {
            _ = try variableLengthNumber()
            _ = try slice(Int(try variableLengthNumber()))
        }
    }

    package func finish() throws(WireError) {
        guard remaining == 0 else { throw .bytesLeft(remaining) }
    }
}
