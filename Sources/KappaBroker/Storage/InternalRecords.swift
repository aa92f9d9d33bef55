import KappaLog
import KappaRecords
import KappaWire

/// Reading and writing the fields of the broker's own records, which are Kafka's: big-endian numbers, and text after
/// its length in two bytes.
extension WireWriter {
    /// What does not fit is an error: with its length cut short, whatever follows would be read from the wrong place.
    mutating func append(text: String?) throws(WireError) {
        guard let text else { return append(Int16(-1)) }
        guard let length = Int16(exactly: text.utf8.count) else {
            throw .tooLongToWrite(text.utf8.count, maximum: Int(Int16.max))
        }
        append(length)
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

    /// A record that `body` cannot read is handed to `unreadable` with its offset, and left out: one bad record must
    /// not keep the broker from starting.
    static func forEach(
        _ log: PartitionLog, unreadable: (Int64, any Error) -> Void, _ body: (Item) throws -> Void
    ) throws {
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
                forEach(batch, unreadable, body)
                offset = batch.nextOffset
                rest = UnsafeRawBufferPointer(rebasing: rest[batch.size...])
            }
        }
    }

    private static func forEach(
        _ batch: RecordBatch, _ unreadable: (Int64, any Error) -> Void, _ body: (Item) throws -> Void
    ) {
        if batch.isControl {
            guard let marker = TransactionMarker(batch) else { return }
            attempt(batch.baseOffset, unreadable) { try body(.marker(marker, batch)) }
            return
        }
        attempt(batch.baseOffset, unreadable) {
            try batch.forEachRecord { record in
                attempt(record.offset, unreadable) { try body(.record(record, batch)) }
            }
        }
    }

    private static func attempt(
        _ offset: Int64, _ unreadable: (Int64, any Error) -> Void, _ body: () throws -> Void
    ) {
        do { try body() } catch { unreadable(offset, error) }
    }
}
