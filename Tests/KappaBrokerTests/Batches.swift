@testable import KappaLog
import KappaRecords

/// Record batches as a client makes them.
enum Batches {
    static func plain(
        _ values: [String], producer: (id: Int64, epoch: Int16, sequence: Int32)? = nil, transactional: Bool = false
    ) -> [UInt8] {
        var builder = RecordBatchBuilder()
        if let producer {
            builder.producerId = producer.id
            builder.producerEpoch = producer.epoch
            builder.baseSequence = producer.sequence
        }
        if transactional { builder.attributes = [.transactional] }
        for value in values {
            builder.append(timestamp: 1_650_000_000_000, key: nil, value: Array(value.utf8))
        }
        return builder.build()
    }

    static func zstd(_ values: [String]) -> [UInt8] {
        let plain = plain(values)
        let packed =
            plain[RecordBatch.headerSize...].withUnsafeBytes { Zstandard.compress(UnsafeRawBufferPointer($0)) } ?? []
        var batch = Array(plain[..<RecordBatch.headerSize]) + packed
        batch.withUnsafeMutableBytes {
            $0.setBigEndian(Int32($0.count - RecordBatch.lengthOverhead), at: 8)
            $0.setBigEndian(UInt16(RecordBatch.Codec.zstd.rawValue), at: 21)
            RecordBatch.seal($0)
        }
        return batch
    }

    /// The values of the records in fetched bytes, and the offset behind them. Control batches are left out, and, as
    /// a client does it, those of aborted transactions up to their marker.
    static func values(
        in bytes: [UInt8], leavingOut aborted: [(producerId: Int64, firstOffset: Int64)]
    ) throws -> (values: [String], next: Int64) {
        var values: [String] = []
        var next: Int64 = 0
        var waiting = aborted.sorted { $0.firstOffset < $1.firstOffset }
        var leftOut: Set<Int64> = []
        try bytes.withUnsafeBytes { raw in
            var rest = UnsafeRawBufferPointer(rebasing: raw[...])
            while let batch = RecordBatch(startOf: rest) {
                while let first = waiting.first, first.firstOffset <= batch.lastOffset {
                    leftOut.insert(first.producerId)
                    waiting.removeFirst()
                }
                if batch.isControl {
                    leftOut.remove(batch.producerId)
                } else if !batch.isTransactional || !leftOut.contains(batch.producerId) {
                    try batch.forEachRecord { values.append(String(decoding: $0.value!, as: UTF8.self)) }
                }
                next = batch.nextOffset
                rest = UnsafeRawBufferPointer(rebasing: rest[batch.size...])
            }
        }
        return (values, next)
    }
}
