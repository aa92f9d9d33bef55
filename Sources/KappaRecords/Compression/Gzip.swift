import CZlib

/// RFC 1952, by zlib.
package enum Gzip {
    static func decompress(_ bytes: UnsafeRawBufferPointer, into output: inout UnpackedBytes) -> Bool {
        // 15 bits of window, and 32 more to take the gzip or the zlib header, whichever is there.
        inflate(bytes, windowBits: 15 + 32, into: &output)
    }

    static func inflate(
        _ bytes: UnsafeRawBufferPointer, windowBits: Int32, into output: inout UnpackedBytes
    ) -> Bool {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return false
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(bytes.count)
        output.begin(expecting: bytes.count * 4)
        while output.makeRoom() {
            let status = output.fill { room in
                stream.next_out = room.assumingMemoryBound(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(room.count)
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                return (status, room.count - Int(stream.avail_out))
            }
            if status == Z_STREAM_END { return true }
            guard status == Z_OK || (status == Z_BUF_ERROR && stream.avail_out == 0) else { return false }
        }
        return false
    }
}
