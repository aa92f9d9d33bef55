package import KappaCore

/// A record as it was read from its topic, borrowed for the length of a call.
package struct SourceRecord {
    package var offset: Int64
    package var milliseconds: Int64
    package var key: UnsafeRawBufferPointer?
    package var value: UnsafeRawBufferPointer?
    /// The headers as a JSON array of `[name, value]`, where the view keeps them.
    package var headers: UnsafeRawBufferPointer?

    package init(
        offset: Int64, milliseconds: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: UnsafeRawBufferPointer? = nil
    ) {
        self.offset = offset
        self.milliseconds = milliseconds
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// What is to be written in one transaction: rows, and records that were refused, each with the reason.
///
/// The bytes of all records lie in one piece of memory that is used again, so that a record costs no allocation.
package final class RowBatch {
    package let shape: ViewShape
    package private(set) var rows: [BatchRow] = []
    package private(set) var refusals: [BatchRefusal] = []
    /// Windows that are results no more. They leave the table before the rows enter it.
    package private(set) var withdrawals: [BatchRow] = []
    package private(set) var arena = ByteArena(capacity: 1 << 20)
    /// The last record of each source, as the witness of how far the batch goes.
    private var lasts: [LastRecord?] = []
    private var results: ResultDecoder
    /// One cell for each field of each row, row by row.
    private var cells = ByteArena(capacity: 1 << 20)
    private var raws = RawChecker()
    package private(set) var sources: [TopicPartition] = []
    /// The topics of `sources`, as bytes in the arena.
    package private(set) var topics: [ByteArena.Slice] = []

    package init(shape: ViewShape, schema: ResultSchema = .standard) {
        self.shape = shape
        self.schema = schema
        results = ResultDecoder(schema)
    }

    /// The fields of the rows; it can only be changed while there are none.
    package var schema: ResultSchema {
        didSet {
            precondition(isEmpty, "the fields of a batch changed under its rows")
            guard schema != oldValue else { return }
            results = ResultDecoder(schema)
        }
    }

    /// The cells of a row, in the order of the schema's fields; valid until the batch changes.
    package func cells(of row: BatchRow) -> UnsafeBufferPointer<BatchCell> {
        UnsafeBufferPointer(
            start: (cells.base + row.cells).assumingMemoryBound(to: BatchCell.self), count: schema.fields.count)
    }

    package var rowCount: Int { rows.count }
    package var refusalCount: Int { refusals.count }
    package var byteCount: Int { arena.count }
    package var isEmpty: Bool { rows.isEmpty && refusals.isEmpty && withdrawals.isEmpty }

    package func removeAll() {
        rows.removeAll(keepingCapacity: true)
        refusals.removeAll()
        withdrawals.removeAll()
        sources.removeAll()
        topics.removeAll()
        lasts.removeAll()
        arena.removeAll()
        cells.removeAll()
    }

    /// The number by which `append` knows a partition in this batch.
    package func index(of source: TopicPartition) -> Int {
        if let index = sources.firstIndex(of: source) { return index }
        var topic = source.topic
        sources.append(source)
        lasts.append(nil)
        topics.append(topic.withUTF8 { arena.append(UnsafeRawBufferPointer($0)) })
        return sources.count - 1
    }

    /// Takes a record in: as a row of the batch's shape, or as a refusal that says why it cannot be one.
    package func append(_ record: SourceRecord, from source: Int) {
        var row = BatchRow(source: source, offset: record.offset, milliseconds: record.milliseconds)
        row.key = record.key.map { arena.append($0) }
        row.value = record.value.map { arena.append($0) }
        row.headers = record.headers.map { arena.append($0) }
        lasts[source] = LastRecord(
            offset: row.offset, milliseconds: row.milliseconds, key: row.key, value: row.value)
        if let reason = complete(&row) {
            refusals.append(BatchRefusal(row: row, reason: reason, state: nil))
        } else if row.isWithdrawn {
            withdraw(row)
        } else {
            rows.append(row)
        }
    }

    private func withdraw(_ row: BatchRow) {
        let gone = cells(of: row)
        let keys = schema.fields.indices.filter { schema.fields[$0].isKey }
        rows.removeAll { other in
            let other = cells(of: other)
            return keys.allSatisfy { index in
                guard schema.fields[index].kind.isText else { return gone[index].bits == other[index].bits }
                return arena.bytes(gone[index].slice).elementsEqual(arena.bytes(other[index].slice))
            }
        }
        withdrawals.append(row)
    }

    /// The first name that a record bore and that no field has, once; another one after it was taken.
    package func takeUnknownField() -> String? { results.takeUnknownField() }

    /// The witness of the last record of `source`, nil where the batch has none.
    package func witness(of source: TopicPartition) -> Witness? {
        guard let index = sources.firstIndex(of: source), let last = lasts[index] else { return nil }
        return Witness(
            offset: last.offset, milliseconds: last.milliseconds, key: last.key.map { arena.bytes($0) },
            value: last.value.map { arena.bytes($0) })
    }

    private func complete(_ row: inout BatchRow) -> String? {
        switch shape {
        case .results:
            guard let value = row.value else { return "the record has no value" }
            let size = schema.fields.count * MemoryLayout<BatchCell>.stride
            cells.reserve(size)
            row.cells = cells.count
            let start = (cells.base + cells.count).bindMemory(to: BatchCell.self, capacity: schema.fields.count)
            let reason = results.decode(value, in: &arena, into: start)
            guard reason == nil else { return reason }
            cells.advance(size)
            row.isWithdrawn = results.isWithdrawn
            return nil
        case .raw:
            return raws.check(row, in: arena)
        }
    }
}

/// Where the bytes of a source's last record lie.
private struct LastRecord {
    var offset: Int64
    var milliseconds: Int64
    var key: ByteArena.Slice?
    var value: ByteArena.Slice?
}

/// A row as plain numbers; its texts lie in the batch's arena.
package struct BatchRow {
    package var source: Int
    package var offset: Int64
    package var milliseconds: Int64
    package var key: ByteArena.Slice?
    package var value: ByteArena.Slice?
    package var headers: ByteArena.Slice?
    /// Where the row's cells begin.
    var cells = 0
    /// The row is a result no more: a correction took it back.
    var isWithdrawn = false

    init(source: Int, offset: Int64, milliseconds: Int64) {
        self.source = source
        self.offset = offset
        self.milliseconds = milliseconds
    }
}

/// A field of a row: a number's bits, or where a text lies in the batch's arena.
package struct BatchCell {
    package var bits: UInt64
    /// The length of a text; less than nothing for null.
    package var length: Int

    package static let null = BatchCell(bits: 0, length: -1)

    @inline(__always)
    package init(bits: UInt64, length: Int) {
        self.bits = bits
        self.length = length
    }

    @inline(__always)
    init(_ number: Double) { self.init(bits: number.bitPattern, length: 8) }

    @inline(__always)
    init(_ whole: Int64) { self.init(bits: UInt64(bitPattern: whole), length: 8) }

    @inline(__always)
    init(_ text: ByteArena.Slice) { self.init(bits: UInt64(text.start), length: text.count) }

    @inline(__always)
    package var isNull: Bool { length < 0 }
    @inline(__always)
    package var double: Double { Double(bitPattern: bits) }
    /// A whole number, or the milliseconds of a time.
    @inline(__always)
    package var whole: Int64 { Int64(bitPattern: bits) }
    @inline(__always)
    package var slice: ByteArena.Slice { ByteArena.Slice(start: Int(bits), count: length) }
}

extension ResultField.Kind {
    package var isText: Bool { self == .text || self == .any }
}

/// A record that cannot be a row, and why.
package struct BatchRefusal {
    package init(row: BatchRow, reason: String, state: String?) {
        self.row = row
        self.reason = reason
        self.state = state
    }

    package var row: BatchRow
    package var reason: String
    package var state: String?
}
