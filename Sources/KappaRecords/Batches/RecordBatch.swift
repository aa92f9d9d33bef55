import CProcessor

/// A view over one record batch in Kafka's format 2, the unit that producers send, the log keeps and consumers get.
///
/// The header is 61 bytes. The base offset, the length and the leader epoch stand before the checksum's reach, so a
/// broker can set them without touching it; the records behind the header stay as they were sent, compressed or not.
package struct RecordBatch {
    package static let headerSize = 61
    /// The bytes that `batchLength` does not count: the base offset and the length itself.
    package static let lengthOverhead = 12
    static let checksummedFrom = 21

    /// Exactly the bytes of the batch.
    package let bytes: UnsafeRawBufferPointer

    /// The batch at the start of `bytes`, or nil where a whole one does not fit; nothing else is checked yet.
    package init?(startOf bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RecordBatch.headerSize else { return nil }
        let size = Int(bytes.bigEndian(at: 8, as: Int32.self)) + RecordBatch.lengthOverhead
        guard size >= RecordBatch.headerSize, size <= bytes.count else { return nil }
        self.bytes = bytes.part(0..<size)
    }

    /// How many bytes the batch that starts here needs, once its length can be read.
    package static func size(announcedBy bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= lengthOverhead else { return nil }
        return Int(bytes.bigEndian(at: 8, as: Int32.self)) + lengthOverhead
    }

    package var baseOffset: Int64 { bytes.bigEndian(at: 0, as: Int64.self) }
    package var batchLength: Int32 { bytes.bigEndian(at: 8, as: Int32.self) }
    package var leaderEpoch: Int32 { bytes.bigEndian(at: 12, as: Int32.self) }
    package var magic: Int8 { bytes.bigEndian(at: 16, as: Int8.self) }
    package var checksum: UInt32 { bytes.bigEndian(at: 17, as: UInt32.self) }
    package var attributes: Attributes { Attributes(rawValue: bytes.bigEndian(at: 21, as: UInt16.self)) }
    package var lastOffsetDelta: Int32 { bytes.bigEndian(at: 23, as: Int32.self) }
    package var baseTimestamp: Int64 { bytes.bigEndian(at: 27, as: Int64.self) }
    package var maxTimestamp: Int64 { bytes.bigEndian(at: 35, as: Int64.self) }
    package var producerId: Int64 { bytes.bigEndian(at: 43, as: Int64.self) }
    package var producerEpoch: Int16 { bytes.bigEndian(at: 51, as: Int16.self) }
    package var baseSequence: Int32 { bytes.bigEndian(at: 53, as: Int32.self) }
    package var recordCount: Int32 { bytes.bigEndian(at: 57, as: Int32.self) }

    package var size: Int { bytes.count }
    package var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }
    package var nextOffset: Int64 { lastOffset &+ 1 }
    /// The records behind the header, compressed as `attributes.codec` says.
    package var payload: UnsafeRawBufferPointer { bytes.part(RecordBatch.headerSize..<bytes.count) }

    package var isControl: Bool { attributes.contains(.control) }
    package var isTransactional: Bool { attributes.contains(.transactional) }
    package var hasProducer: Bool { producerId >= 0 }

    var computedChecksum: UInt32 {
        let covered = bytes.part(RecordBatch.checksummedFrom..<bytes.count)
        return kappa_crc32c(0, covered.baseAddress, covered.count)
    }
}

extension RecordBatch {
    package struct Attributes: OptionSet, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The timestamps are the broker's time of appending, all equal to `maxTimestamp`.
        package static let logAppendTime = Attributes(rawValue: 1 << 3)
        package static let transactional = Attributes(rawValue: 1 << 4)
        package static let control = Attributes(rawValue: 1 << 5)
        /// Compaction has passed: `baseTimestamp` is the time from which tombstones and markers may go.
        package static let deleteHorizon = Attributes(rawValue: 1 << 6)

        package var codecNumber: Int { Int(rawValue & 7) }
        /// Nil for the numbers 5 to 7, which mean nothing yet.
        package var codec: Codec? { Codec(rawValue: codecNumber) }
    }

    package enum Codec: Int, Sendable, CaseIterable {
        case none, gzip, snappy, lz4, zstd
    }
}
