import CLZ4

/// LZ4's frame format, by liblz4.
package enum LZ4 {
    static func decompress(_ bytes: UnsafeRawBufferPointer, into output: inout UnpackedBytes) -> Bool {
        var context: OpaquePointer?
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else { return false }
        defer { LZ4F_freeDecompressionContext(context) }
        var index = 0
        output.begin(expecting: announcedSize(context, bytes, &index) ?? bytes.count * 4)
        while output.makeRoom() {
            let (status, wasFull) = output.fill { room in
                var (written, read) = (room.count, bytes.count - index)
                let status = LZ4F_decompress(
                    context, room.baseAddress, &written, bytes.baseAddress.map { $0 + index }, &read, nil)
                index += read
                return ((status, written == room.count), written)
            }
            guard LZ4F_isError(status) == 0 else { return false }
            // Zero means that a frame is complete; another one may follow.
            if status == 0, index == bytes.count { return true }
            if index == bytes.count, !wasFull { return false }
        }
        return false
    }

    /// How much a frame of so many bytes may take.
    static func bound(_ count: Int) -> Int {
        var preferences = preferences(count)
        return LZ4F_compressFrameBound(count, &preferences)
    }

    /// One frame behind the first `start` bytes of `output`, which has the room that `bound` told; its size.
    static func compress(
        _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, from start: Int
    ) -> Int? {
        var preferences = preferences(bytes.count)
        let count = LZ4F_compressFrame(
            output.baseAddress.map { $0 + start }, output.count - start, bytes.baseAddress, bytes.count, &preferences)
        return LZ4F_isError(count) == 0 ? count : nil
    }

    /// One frame of its own.
    package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32) -> [UInt8]? {
        var preferences = preferences(bytes.count)
        preferences.compressionLevel = level
        var output = [UInt8](repeating: 0, count: LZ4F_compressFrameBound(bytes.count, &preferences))
        let count = output.withUnsafeMutableBytes {
            LZ4F_compressFrame($0.baseAddress, $0.count, bytes.baseAddress, bytes.count, &preferences)
        }
        guard LZ4F_isError(count) == 0 else { return nil }
        output.removeLast(output.count - count)
        return output
    }

    /// Kafka's clients in Java read no blocks that refer to those before them.
    private static func preferences(_ count: Int) -> LZ4F_preferences_t {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.frameInfo.contentSize = UInt64(count)
        return preferences
    }

    /// What the frame's own header says of its contents, where it says anything; the header has been read then.
    private static func announcedSize(
        _ context: OpaquePointer?, _ bytes: UnsafeRawBufferPointer, _ index: inout Int
    ) -> Int? {
        var info = LZ4F_frameInfo_t()
        var read = bytes.count
        guard LZ4F_isError(LZ4F_getFrameInfo(context, &info, bytes.baseAddress, &read)) == 0 else { return nil }
        index = read
        return info.contentSize == 0 ? nil : Int(clamping: info.contentSize)
    }
}
