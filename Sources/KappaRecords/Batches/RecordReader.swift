/// Walks the records of a batch, given their bytes (decompressed where the batch is compressed).
package struct RecordReader {
    private var reader: VarintReader
    private var left: Int
    private let baseOffset: Int64
    private let baseTimestamp: Int64
    /// Where the broker stamped the batch, every record has this time.
    private let stampedTime: Int64?
    private let lastOffsetDelta: Int64

    package init(_ batch: RecordBatch, records: UnsafeRawBufferPointer) {
        reader = VarintReader(records)
        left = Int(batch.recordCount)
        baseOffset = batch.baseOffset
        baseTimestamp = batch.baseTimestamp
        stampedTime = batch.attributes.contains(.logAppendTime) ? batch.maxTimestamp : nil
        lastOffsetDelta = Int64(batch.lastOffsetDelta)
    }

    /// For a batch that is not compressed.
    package init(_ batch: RecordBatch) {
        self.init(batch, records: batch.payload)
    }

    /// Where the next record begins.
    package var place: Int { reader.index }

    /// The record that begins at a place which was met before.
    package func record(at place: Int) throws(RecordBatch.Damage) -> Record {
        var reader = VarintReader(reader.bytes, at: place)
        guard case .bytes(let bytes) = reader.sizedBytes() else { throw .counts("has a record of impossible length") }
        return try record(bytes)
    }

    /// The next record; nil after the last one, with nothing left over.
    package mutating func next() throws(RecordBatch.Damage) -> Record? {
        guard left > 0 else {
            guard reader.remaining == 0 else { throw .counts("has \(reader.remaining) bytes after its last record") }
            return nil
        }
        left -= 1
        guard case .bytes(let bytes) = reader.sizedBytes() else { throw .counts("has a record of impossible length") }
        return try record(bytes)
    }

    private func record(_ bytes: UnsafeRawBufferPointer) throws(RecordBatch.Damage) -> Record {
        var fields = VarintReader(bytes, at: 1)
        guard !bytes.isEmpty, let timestampDelta = fields.signed(), let offsetDelta = fields.signed(),
            (0...lastOffsetDelta).contains(offsetDelta)
        else { throw .counts("has a record with an impossible offset") }
        let key = try optional(fields.sizedBytes())
        let value = try optional(fields.sizedBytes())
        guard let headers = fields.signed(), headers >= 0, headers <= Int64(fields.remaining) else {
            throw .counts("has a record with an impossible number of headers")
        }
        let headerBytes = bytes.part(fields.index..<bytes.count)
        guard headers > 0 || headerBytes.isEmpty else { throw .counts("has a record with bytes left over") }
        return Record(
            offset: baseOffset &+ offsetDelta, timestamp: stampedTime ?? (baseTimestamp &+ timestampDelta), key: key,
            value: value, headerCount: Int(headers), headerBytes: headerBytes)
    }

    private func optional(_ field: VarintReader.Sized) throws(RecordBatch.Damage) -> UnsafeRawBufferPointer? {
        switch field {
        case .bytes(let bytes): return bytes
        case .null: return nil
        case .damaged: throw .counts("has a record with a field longer than itself")
        }
    }
}
