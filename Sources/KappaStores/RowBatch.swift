import KappaCore

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
    private var results = ResultDecoder()
    private var raws = RawChecker()
    package private(set) var sources: [SourcePartition] = []
    /// The topics of `sources`, as bytes in the arena.
    package private(set) var topics: [ByteArena.Slice] = []

    package init(shape: ViewShape) {
        self.shape = shape
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
    }

    /// The number by which `append` knows a partition in this batch.
    package func index(of source: SourcePartition) -> Int {
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
        } else if row.result.isWithdrawn {
            withdraw(row)
        } else {
            rows.append(row)
        }
    }

    private func withdraw(_ row: BatchRow) {
        let gone = row.result
        func isSame(_ left: ByteArena.Slice, _ right: ByteArena.Slice) -> Bool {
            arena.bytes(left).elementsEqual(arena.bytes(right))
        }
        rows.removeAll { other in
            other.result.windowStart == gone.windowStart && isSame(other.result.borehole, gone.borehole)
                && isSame(other.result.instrument, gone.instrument)
        }
        withdrawals.append(row)
    }

    /// The witness of the last record of `source`, nil where the batch has none.
    package func witness(of source: SourcePartition) -> Witness? {
        guard let index = sources.firstIndex(of: source), let last = lasts[index] else { return nil }
        return Witness(
            offset: last.offset, milliseconds: last.milliseconds, key: last.key.map { arena.bytes($0) },
            value: last.value.map { arena.bytes($0) })
    }

    private func complete(_ row: inout BatchRow) -> String? {
        switch shape {
        case .results:
            guard let value = row.value else { return "the record has no value" }
            return results.decode(value, in: &arena, into: &row.result)
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
    package var result = ResultFields()

    init(source: Int, offset: Int64, milliseconds: Int64) {
        self.source = source
        self.offset = offset
        self.milliseconds = milliseconds
    }
}

/// The fields of a window's result.
package struct ResultFields {
    package var borehole = ByteArena.Slice(start: 0, count: 0)
    package var instrument = ByteArena.Slice(start: 0, count: 0)
    package var units: ByteArena.Slice?
    package var surfaceLevel: Double?
    package var northing: Double?
    package var easting: Double?
    package var reading = 0.0
    package var timestamp: Int64 = 0
    package var windowStart: Int64 = 0
    package var windowEnd: Int64 = 0
    package var count: Int64 = 0
    package var minimum: Double?
    package var maximum: Double?
    package var sum: Double?
    /// The window is a result no more: a correction took it back.
    package var isWithdrawn = false
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
