import CZlib

extension Gzip {
    /// One member in the gzip format; -1 is zlib's own default level. Nil where there is not enough memory.
    package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32) -> [UInt8]? {
        // 15 bits of window, and 16 more for the gzip header instead of zlib's.
        pack(bytes, windowBits: 15 + 16, level: level)
    }

    static func pack(_ bytes: UnsafeRawBufferPointer, windowBits: Int32, level: Int32) -> [UInt8]? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        let status = deflateInit2_(
            &stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard status == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(bytes.count)
        let ended = output.withUnsafeMutableBufferPointer { room in
            stream.next_out = room.baseAddress
            stream.avail_out = UInt32(room.count)
            return deflate(&stream, Z_FINISH)
        }
        guard ended == Z_STREAM_END else { return nil }
        output.removeLast(Int(stream.avail_out))
        return output
    }
}
