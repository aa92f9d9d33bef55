/// Makes one batch of records: for internal topics, transaction markers, compaction, and what a client writes.
package struct RecordBatchBuilder: ~Copyable {
    package var producerId: Int64 = -1
    package var producerEpoch: Int16 = -1
    package var baseSequence: Int32 = -1
    package var leaderEpoch: Int32 = 0
    package var attributes: RecordBatch.Attributes = []

    private let baseOffset: Int64
    private var lastOffset: Int64
    /// Records hold their distance from it; with `.deleteHorizon` it is that horizon.
    package var baseTimestamp: Int64 = -1
    private var maxTimestamp: Int64 = -1
    package private(set) var recordCount: Int32 = 0
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
        timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [(name: String, value: [UInt8]?)] = []
    ) {
        var encoded: [UInt8] = []
        for (name, value) in headers {
            encoded.appendVarint(Int64(name.utf8.count))
            encoded.append(contentsOf: name.utf8)
            encoded.appendVarint(Int64(value?.count ?? -1))
            encoded.append(contentsOf: value ?? [])
        }
        encoded.withUnsafeBytes { encoded in
            append(
                Record(
                    offset: lastOffset + 1, timestamp: timestamp, key: key, value: value, headerCount: headers.count,
                    headerBytes: encoded))
        }
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
        var finished = bytes
        finished.withUnsafeMutableBytes { finish($0, attributes, lastOffset: lastOffset, maxTimestamp: maxTimestamp) }
        return finished
    }

    /// The room that `pack` needs.
    package var packedBound: Int { RecordBatch.headerSize + max(bytes.count, LZ4.bound(bytes.count)) }

    /// The finished batch in `output`, its records packed by LZ4 where that makes it smaller; how many bytes it takes.
    ///
    /// The builder can then begin the next batch with `removeAll`.
    package func pack(into output: UnsafeMutableRawBufferPointer) -> Int {
        bytes.withUnsafeBytes { bytes in
            let header = RecordBatch.headerSize
            var (size, flags) = (bytes.count, attributes)
            if let packed = LZ4.compress(bytes.part(header..<size), into: output, from: header), packed < size - header
            {
                size = header + packed
                flags = RecordBatch.Attributes(rawValue: flags.rawValue | UInt16(RecordBatch.Codec.lz4.rawValue))
            } else {
                output.copyMemory(from: bytes)
            }
            finish(UnsafeMutableRawBufferPointer(rebasing: output[..<size]), flags)
            return size
        }
    }

    /// Begins another batch of the same producer in the memory of this one.
    package mutating func removeAll() {
        bytes.removeLast(bytes.count - RecordBatch.headerSize)
        (lastOffset, recordCount, baseTimestamp, maxTimestamp) = (baseOffset - 1, 0, -1, -1)
    }

    /// Writes the header before the records that are in place.
    private func finish(
        _ header: UnsafeMutableRawBufferPointer, _ attributes: RecordBatch.Attributes, lastOffset: Int64? = nil,
        maxTimestamp: Int64? = nil
    ) {
        header.setBigEndian(baseOffset, at: 0)
        header.setBigEndian(Int32(header.count - RecordBatch.lengthOverhead), at: 8)
        header.setBigEndian(leaderEpoch, at: 12)
        header.setBigEndian(Int8(2), at: 16)
        header.setBigEndian(attributes.rawValue, at: 21)
        header.setBigEndian(Int32((lastOffset ?? self.lastOffset) - baseOffset), at: 23)
        header.setBigEndian(baseTimestamp, at: 27)
        header.setBigEndian(maxTimestamp ?? self.maxTimestamp, at: 35)
        header.setBigEndian(producerId, at: 43)
        header.setBigEndian(producerEpoch, at: 51)
        header.setBigEndian(baseSequence, at: 53)
        header.setBigEndian(recordCount, at: 57)
        RecordBatch.seal(header)
    }

    private mutating func appendSized(_ field: UnsafeRawBufferPointer?) {
        guard let field else { return bytes.appendVarint(-1) }
        bytes.appendVarint(Int64(field.count))
        bytes.append(contentsOf: field)
    }
}
