import CZlib

/// RFC 1951 with nothing around it, by zlib: the blocks of Avro's container files.
package enum Deflate {
    package static func decompress(_ bytes: UnsafeRawBufferPointer, into output: inout UnpackedBytes) -> Bool {
        // Minus 15: that much window, and no header.
        Gzip.inflate(bytes, windowBits: -15, into: &output)
    }

    /// Nil where there is not enough memory.
    package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32 = Z_DEFAULT_COMPRESSION) -> [UInt8]? {
        Gzip.pack(bytes, windowBits: -15, level: level)
    }

    /// The checksum of zlib and gzip, which others use as well.
    package static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        return UInt32(truncatingIfNeeded: CZlib.crc32(0, start, UInt32(bytes.count)))
    }
}
