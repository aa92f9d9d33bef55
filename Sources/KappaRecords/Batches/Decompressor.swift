/// Opens compressed batches, for the few who must look inside: compaction, key checks, look-ups by time, and a reader
/// of records. Everyone else passes the bytes on as they were sent.
package enum Decompressor {
    package static func unpack(
        _ bytes: UnsafeRawBufferPointer, _ codec: RecordBatch.Codec, into output: inout UnpackedBytes
    ) -> Bool {
        switch codec {
        case .none:
            output.begin(expecting: bytes.count)
            return output.append(bytes)
        case .gzip: return Gzip.decompress(bytes, into: &output)
        case .snappy: return Snappy.decompress(bytes, into: &output)
        case .lz4: return LZ4.decompress(bytes, into: &output)
        case .zstd: return Zstandard.decompress(bytes, into: &output)
        }
    }
}

extension RecordBatch {
    /// Brings the records' bytes into `memory`, decompressed where they are compressed.
    package func unpack(into memory: inout UnpackedBytes) throws(Damage) {
        guard let codec = attributes.codec else {
            throw .counts("is compressed with the unknown codec \(attributes.codecNumber)")
        }
        guard recordCount > 0 || !payload.isEmpty else {
            memory.begin(expecting: 0)
            return memory.finish()
        }
        guard Decompressor.unpack(payload, codec, into: &memory) else {
            throw .counts("has \(codec) bytes that do not decompress")
        }
        memory.finish()
    }
}
