/// Makes one uncompressed batch of records: for internal topics, transaction markers and compaction.
package struct RecordBatchBuilder {
    package var producerId: Int64 = -1
    package var producerEpoch: Int16 = -1
    package var baseSequence: Int32 = -1
    package var leaderEpoch: Int32 = 0
    package var attributes: RecordBatch.Attributes = []

    private let baseOffset: Int64
    private var lastOffset: Int64
    /// Records hold their distance from it; with `.deleteHorizon` it is that horizon.
    var baseTimestamp: Int64 = -1
    private var maxTimestamp: Int64 = -1
    private var recordCount: Int32 = 0
    private var bytes: [UInt8]

    package init(baseOffset: Int64 = 0) {
        self.baseOffset = baseOffset
        lastOffset = baseOffset - 1
        bytes = [UInt8](repeating: 0, count: RecordBatch.headerSize)
    }

    package var isEmpty: Bool { recordCount == 0 }
    /// The batch's size as it stands.
    package var size: Int { bytes.count }

    /// Adds a record at the next offset.
    package mutating func append(
        timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?
    ) {
        append(
            Record(
                offset: lastOffset + 1, timestamp: timestamp, key: key, value: value, headerCount: 0,
                headerBytes: UnsafeRawBufferPointer(start: nil, count: 0)))
    }

    package mutating func append(timestamp: Int64, key: [UInt8]?, value: [UInt8]?) {
        (key ?? []).withUnsafeBytes { keyBytes in
            (value ?? []).withUnsafeBytes { valueBytes in
                append(
                    timestamp: timestamp, key: key == nil ? nil : keyBytes, value: value == nil ? nil : valueBytes)
            }
        }
    }

    /// Adds a record at its own offset, with its headers.
    package mutating func append(_ record: Record) {
        if recordCount == 0, !attributes.contains(.deleteHorizon) { baseTimestamp = record.timestamp }
        let timestampDelta = record.timestamp &- baseTimestamp
        let offsetDelta = record.offset - baseOffset
        let keySize = record.key?.count ?? 0
        let valueSize = record.value?.count ?? 0
        let size =
            1 + varintSize(timestampDelta) + varintSize(offsetDelta) + varintSize(Int64(record.key?.count ?? -1))
            + keySize + varintSize(Int64(record.value?.count ?? -1)) + valueSize
            + varintSize(Int64(record.headerCount)) + record.headerBytes.count
        bytes.appendVarint(Int64(size))
        bytes.append(0)
        bytes.appendVarint(timestampDelta)
        bytes.appendVarint(offsetDelta)
        appendSized(record.key)
        appendSized(record.value)
        bytes.appendVarint(Int64(record.headerCount))
        bytes.append(contentsOf: record.headerBytes)
        recordCount += 1
        lastOffset = record.offset
        maxTimestamp = max(maxTimestamp, record.timestamp)
    }

    /// The finished batch. `lastOffset` reaches further than the last record where compaction removed the rest.
    package consuming func build(lastOffset: Int64? = nil, maxTimestamp: Int64? = nil) -> [UInt8] {
        let delta = Int32((lastOffset ?? self.lastOffset) - baseOffset)
        let (base, highest) = (baseTimestamp, maxTimestamp ?? self.maxTimestamp)
        let (count, size) = (recordCount, bytes.count)
        let (offset, epoch, flags) = (baseOffset, leaderEpoch, attributes.rawValue)
        let (producer, producerEpoch, sequence) = (producerId, producerEpoch, baseSequence)
        var finished = bytes
        finished.withUnsafeMutableBytes { header in
            header.setBigEndian(offset, at: 0)
            header.setBigEndian(Int32(size - RecordBatch.lengthOverhead), at: 8)
            header.setBigEndian(epoch, at: 12)
            header.setBigEndian(Int8(2), at: 16)
            header.setBigEndian(flags, at: 21)
            header.setBigEndian(delta, at: 23)
            header.setBigEndian(base, at: 27)
            header.setBigEndian(highest, at: 35)
            header.setBigEndian(producer, at: 43)
            header.setBigEndian(producerEpoch, at: 51)
            header.setBigEndian(sequence, at: 53)
            header.setBigEndian(count, at: 57)
            RecordBatch.seal(header)
        }
        return finished
    }

    private mutating func appendSized(_ field: UnsafeRawBufferPointer?) {
        guard let field else { return bytes.appendVarint(-1) }
        bytes.appendVarint(Int64(field.count))
        bytes.append(contentsOf: field)
    }
}
