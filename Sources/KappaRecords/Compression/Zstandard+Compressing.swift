import CZstd

extension Zstandard {
    /// One frame with its own checksum; nil where there is not enough memory.
    package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32 = 3) -> [UInt8]? {
        guard let context = ZSTD_createCCtx() else { return nil }
        defer { ZSTD_freeCCtx(context) }
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
        let count = output.withUnsafeMutableBytes {
            ZSTD_compress2(context, $0.baseAddress, $0.count, bytes.baseAddress, bytes.count)
        }
        guard ZSTD_isError(count) == 0 else { return nil }
        output.removeLast(output.count - count)
        return output
    }
}
