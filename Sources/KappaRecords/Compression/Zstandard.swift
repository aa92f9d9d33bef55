import CZstd

/// RFC 8878, by libzstd.
package enum Zstandard {
    package static func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        var output = UnpackedBytes(limit: limit)
        return decompress(bytes, into: &output) ? Array(output.bytes) : nil
    }

    package static func decompress(_ bytes: UnsafeRawBufferPointer, into output: inout UnpackedBytes) -> Bool {
        guard let stream = ZSTD_createDStream() else { return false }
        defer { ZSTD_freeDStream(stream) }
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        output.begin(expecting: bytes.count * 4)
        while output.makeRoom() {
            let (status, wasFull) = output.fill { room in
                var part = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                let status = ZSTD_decompressStream(stream, &part, &input)
                return ((status, part.pos == part.size), part.pos)
            }
            guard ZSTD_isError(status) == 0 else { return false }
            // Zero means that a frame is complete; another one may follow.
            if status == 0, input.pos == input.size { return true }
            if input.pos == input.size, !wasFull { return false }
        }
        return false
    }
}
