import KappaCore

import KappaRecords
@testable import KappaLog

/// Batches as a producer would send them, and what a consumer would make of a log.
enum Batches {
    static func plain(_ records: KeyValuePairs<String, String?>, timestamp: Int64 = 1) -> [UInt8] {
        var builder = RecordBatchBuilder()
        for (key, value) in records {
            builder.append(timestamp: timestamp, key: Array(key.utf8), value: value.map { Array($0.utf8) })
        }
        return builder.build()
    }

    static func produced(
        by producer: Int64, epoch: Int16 = 0, sequence: Int32, transactional: Bool = false, count: Int = 1,
        value: String = "v", timestamp: Int64 = 1
    ) -> [UInt8] {
        var builder = RecordBatchBuilder()
        builder.producerId = producer
        builder.producerEpoch = epoch
        builder.baseSequence = sequence
        if transactional { builder.attributes = [.transactional] }
        for _ in 0..<count { builder.append(timestamp: timestamp, key: Array("k".utf8), value: Array(value.utf8)) }
        return builder.build()
    }

    /// Everything that a reader gets from `start` to the end, batch by batch.
    static func read(
        _ log: PartitionLog, from start: Int64? = nil, upTo limit: Int64? = nil, maxBytes: Int = 4096,
        _ body: (RecordBatch) -> Void
    ) throws {
        var offset = start ?? log.startOffset
        var buffer: [UInt8] = []
        while true {
            var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            defer { memory.deallocate() }
            let count = try log.read(from: offset, upTo: limit ?? log.endOffset, maxBytes: maxBytes) { size in
                memory.deallocate()
                memory = .allocate(byteCount: size, alignment: 8)
                return memory
            }
            guard count > 0 else { return }
            buffer = Array(memory[..<count])
            buffer.withUnsafeBytes { raw in
                var index = 0
                while let batch = RecordBatch(startOf: UnsafeRawBufferPointer(rebasing: raw[index...])) {
                    body(batch)
                    index += batch.size
                    offset = batch.nextOffset
                }
            }
        }
    }

    static func values(of log: PartitionLog, from start: Int64? = nil) throws -> [String] {
        var values: [String] = []
        try read(log, from: start) { batch in
            try? batch.forEachRecord { record in
                values.append(record.value.map { String(decoding: $0, as: UTF8.self) } ?? "(null)")
            }
        }
        return values
    }
}
