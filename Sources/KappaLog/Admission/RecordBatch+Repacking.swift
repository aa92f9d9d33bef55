import KappaRecords

extension RecordBatch {
    /// The same batch with its records packed in another way; nil where there is not enough memory for it.
    func repacked(
        _ records: UnsafeRawBufferPointer, with codec: Codec, _ levels: LogConfiguration.CompressionLevels
    ) -> [UInt8]? {
        let packed: [UInt8]?
        switch codec {
        case .none: packed = Array(records)
        case .gzip: packed = Gzip.compress(records, level: levels.gzip)
        case .snappy: packed = Snappy.compress(records)
        case .lz4: packed = LZ4.compress(records, level: levels.lz4)
        case .zstd: packed = Zstandard.compress(records, level: levels.zstd)
        }
        guard let packed else { return nil }
        var batch = Array(bytes.part(0..<RecordBatch.headerSize)) + packed
        let attributes = attributes.rawValue & ~7 | UInt16(codec.rawValue)
        batch.withUnsafeMutableBytes { raw in
            raw.setBigEndian(Int32(raw.count - RecordBatch.lengthOverhead), at: 8)
            raw.setBigEndian(attributes, at: 21)
            RecordBatch.seal(raw)
        }
        return batch
    }
}
