extension UnsafeRawBufferPointer {
    /// Kafka's integers are big-endian and unaligned. The caller has checked that the bytes are there.
    @inline(__always)
    package func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(at index: Int, as: Integer.Type) -> Integer {
        precondition(index >= 0 && index + MemoryLayout<Integer>.size <= count)
        return Integer(bigEndian: baseAddress!.loadUnaligned(fromByteOffset: index, as: Integer.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    @inline(__always)
    package func setBigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer, at index: Int) {
        precondition(index >= 0 && index + MemoryLayout<Integer>.size <= count)
        baseAddress!.storeBytes(of: value.bigEndian, toByteOffset: index, as: Integer.self)
    }
}

extension Array where Element == UInt8 {
    package mutating func appendBigEndian<Integer: FixedWidthInteger>(_ value: Integer) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension UnsafeRawBufferPointer {
    /// A part of the bytes, rebased; the caller has checked the bounds.
    @inline(__always)
    package func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}
