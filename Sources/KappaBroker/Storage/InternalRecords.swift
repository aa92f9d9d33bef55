import KappaLog
import KappaWire

/// Reading and writing the fields of the broker's own records, which are Kafka's: big-endian numbers, and text after
/// its length in two bytes.
extension WireWriter {
    mutating func append(text: String?) {
        guard let text else { return append(Int16(-1)) }
        append(Int16(clamping: text.utf8.count))
        append(contentsOf: text.utf8)
    }

    mutating func append(sized bytes: [UInt8]) {
        append(Int32(bytes.count))
        append(contentsOf: bytes)
    }
}

extension WireReader {
    mutating func number<Value: FixedWidthInteger>() throws(WireError) -> Value { try integer(Value.self) }

    mutating func text() throws(WireError) -> String? {
        let length = Int(try integer(Int16.self))
        return length < 0 ? nil : try text(length)
    }

    mutating func sized() throws(WireError) -> [UInt8] {
        Array(try slice(max(0, Int(try integer(Int32.self)))))
    }
}

/// Everything an internal log holds, from its start, in order.
struct InternalLogReader {
    enum Item {
        case record(Record, RecordBatch)
        case marker(TransactionMarker, RecordBatch)
    }

    static func forEach(_ log: PartitionLog, _ body: (Item) throws -> Void) throws {
        var offset = log.startOffset
        while offset < log.endOffset {
            var block: MemoryBlock?
            let count = try log.read(from: offset, upTo: log.endOffset, maxBytes: 1 << 20) { size in
                let memory = MemoryBlock(count: size)
                block = memory
                return memory.bytes
            }
            guard count > 0, let block else { return }
            var rest = UnsafeRawBufferPointer(rebasing: block.bytes[..<count])
            while let batch = RecordBatch(startOf: rest) {
                try forEach(batch, body)
                offset = batch.nextOffset
                rest = UnsafeRawBufferPointer(rebasing: rest[batch.size...])
            }
        }
    }

    private static func forEach(_ batch: RecordBatch, _ body: (Item) throws -> Void) throws {
        if batch.isControl {
            if let marker = TransactionMarker(batch) { try body(.marker(marker, batch)) }
            return
        }
        var problem: (any Error)?
        try batch.forEachRecord { record in
            do {
                if problem == nil { try body(.record(record, batch)) }
            } catch {
                problem = error
            }
        }
        if let problem { throw problem }
    }
}
