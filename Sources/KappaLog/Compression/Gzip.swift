import CZlib

/// RFC 1952, by zlib.
enum Gzip {
    static func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, and 32 more to take the gzip or the zlib header, whichever is there.
        guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(bytes.count)
        var output = GrowingOutput(expecting: bytes.count * 4, limit: limit)
        while output.makeRoom() {
            let status = output.fill { room in
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                let status = inflate(&stream, Z_NO_FLUSH)
                return (status, room.count - Int(stream.avail_out))
            }
            if status == Z_STREAM_END { return output.bytes }
            guard status == Z_OK || (status == Z_BUF_ERROR && stream.avail_out == 0) else { return nil }
        }
        return nil
    }
}

/// Bytes that come piece by piece, up to a limit.
struct GrowingOutput {
    private var storage: [UInt8]
    private var count = 0
    private let limit: Int

    init(expecting size: Int, limit: Int) {
        storage = [UInt8](repeating: 0, count: min(max(size, 4096), limit))
        self.limit = limit
    }

    var bytes: [UInt8] { Array(storage[..<count]) }

    /// False where the limit is reached.
    mutating func makeRoom() -> Bool {
        guard count == storage.count else { return true }
        guard storage.count < limit else { return false }
        storage += [UInt8](repeating: 0, count: min(storage.count, limit - storage.count))
        return true
    }

    /// Gives the room that is left to `body`, which answers its own result and how many bytes it wrote.
    mutating func fill<Result>(_ body: (UnsafeMutableBufferPointer<UInt8>) -> (Result, Int)) -> Result {
        let (result, written) = storage.withUnsafeMutableBufferPointer { buffer in
            body(UnsafeMutableBufferPointer(rebasing: buffer[count...]))
        }
        count += written
        return result
    }
}
