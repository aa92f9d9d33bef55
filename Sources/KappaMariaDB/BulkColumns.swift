import CMariaDB
import Glibc
import KappaCore
import KappaStores

/// The rows of a batch as columns, as the library takes many rows in one message: numbers one after another, texts as
/// pointers to where they lie in the batch. The memory is used again.
final class BulkColumns {
    private struct Column {
        var type: enum_field_types
        /// Eight bytes for each row: a number, or a pointer to a text.
        var cells: UnsafeMutablePointer<UInt64>
        var lengths: UnsafeMutablePointer<UInt>
        var indicators: UnsafeMutablePointer<CChar>
    }

    private static let timeWidth = 24
    private var columns: [Column] = []
    private var capacity = 0
    private var count = 0
    /// RFC 3339 without its zone, for each time of each row.
    private var times: UnsafeMutablePointer<UInt8>?
    private var binds: UnsafeMutableBufferPointer<MYSQL_BIND> = .allocate(capacity: 0)

    deinit {
        release()
        binds.deallocate()
    }

    private func release() {
        for column in columns {
            free(column.cells)
            free(column.lengths)
            free(column.indicators)
        }
        free(times)
        columns = []
    }

    private func makeRoom(_ types: [enum_field_types], rows: Int) {
        count = rows
        if types.count == columns.count, rows <= capacity {
            for index in types.indices { columns[index].type = types[index] }
            return
        }
        release()
        capacity = max(rows, 1)
        columns = types.map { type in
            Column(
                type: type, cells: malloc(8 * capacity)!.assumingMemoryBound(to: UInt64.self),
                lengths: malloc(MemoryLayout<UInt>.size * capacity)!.assumingMemoryBound(to: UInt.self),
                indicators: malloc(capacity)!.assumingMemoryBound(to: CChar.self))
        }
        times = malloc(BulkColumns.timeWidth * capacity * types.count)!.assumingMemoryBound(to: UInt8.self)
    }

    func load(_ rows: ArraySlice<BatchRow>, of batch: RowBatch) {
        switch batch.shape {
        case .results: loadResults(rows, of: batch)
        case .raw: loadRaw(rows, of: batch)
        }
    }

    private static let source = [MYSQL_TYPE_STRING, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_LONGLONG]

    private func loadResults(_ rows: ArraySlice<BatchRow>, of batch: RowBatch) {
        let kinds = batch.schema.fields.map(\.kind)
        let types = kinds.map { kind in
            switch kind {
            case .text, .any, .time: MYSQL_TYPE_STRING
            case .number: MYSQL_TYPE_DOUBLE
            case .whole: MYSQL_TYPE_LONGLONG
            }
        }
        makeRoom(types + BulkColumns.source, rows: rows.count)
        for (place, row) in rows.enumerated() {
            let cells = batch.cells(of: row)
            for index in kinds.indices {
                let cell = cells[index]
                if cell.isNull {
                    putNull(index, place)
                } else if kinds[index].isText {
                    put(batch.arena.bytes(cell.slice), index, place)
                } else if kinds[index] == .time {
                    put(time: cell.whole, index, place)
                } else {
                    put(cell.bits, index, place)
                }
            }
            putSource(row, of: batch, from: kinds.count, place)
        }
    }

    private func loadRaw(_ rows: ArraySlice<BatchRow>, of batch: RowBatch) {
        makeRoom(
            BulkColumns.source + [MYSQL_TYPE_STRING, MYSQL_TYPE_STRING, MYSQL_TYPE_STRING, MYSQL_TYPE_STRING],
            rows: rows.count)
        for (place, row) in rows.enumerated() {
            putSource(row, of: batch, from: 0, place)
            put(time: row.milliseconds, 3, place)
            for (index, slice) in [row.key, row.value, row.headers].enumerated() {
                if let slice { put(batch.arena.bytes(slice), 4 + index, place) } else { putNull(4 + index, place) }
            }
        }
    }

    private func putSource(_ row: BatchRow, of batch: RowBatch, from index: Int, _ place: Int) {
        put(batch.arena.bytes(batch.topics[row.source]), index, place)
        put(UInt64(bitPattern: Int64(batch.sources[row.source].partition)), index + 1, place)
        put(UInt64(bitPattern: row.offset), index + 2, place)
    }

    @inline(__always)
    private func put(_ bits: UInt64, _ index: Int, _ place: Int) {
        columns[index].cells[place] = bits
        columns[index].lengths[place] = 8
        columns[index].indicators[place] = CChar(STMT_INDICATOR_NONE.rawValue)
    }

    @inline(__always)
    private func put(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ place: Int) {
        columns[index].cells[place] = UInt64(UInt(bitPattern: bytes.baseAddress))
        columns[index].lengths[place] = UInt(bytes.count)
        columns[index].indicators[place] = CChar(STMT_INDICATOR_NONE.rawValue)
    }

    private func put(time milliseconds: Int64, _ index: Int, _ place: Int) {
        let start = times! + (index * capacity + place) * BulkColumns.timeWidth
        let room = UnsafeMutableRawBufferPointer(start: start, count: BulkColumns.timeWidth)
        let count = Timestamp(milliseconds: milliseconds).write(rfc3339: room)
        put(UnsafeRawBufferPointer(start: start, count: count - 1), index, place)
    }

    @inline(__always)
    private func putNull(_ index: Int, _ place: Int) {
        columns[index].cells[place] = 0
        columns[index].lengths[place] = 0
        columns[index].indicators[place] = CChar(STMT_INDICATOR_NULL.rawValue)
    }

    // MARK: Binding

    private func makeBinds(_ count: Int) {
        guard binds.count != count else { return }
        binds.deallocate()
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND())
    }

    /// All rows in one message.
    func bindAll(to statement: MariaDBStatement) throws(StoreError) {
        guard let handle = statement.handle else { throw statement.error() }
        makeBinds(columns.count)
        for (index, column) in columns.enumerated() {
            var bind = MYSQL_BIND()
            bind.buffer_type = column.type
            bind.buffer = UnsafeMutableRawPointer(column.cells)
            bind.length = column.lengths
            bind.u.indicator = column.indicators
            binds[index] = bind
        }
        var size = UInt32(count)
        guard mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &size) == 0,
            mysql_stmt_bind_param(handle, binds.baseAddress) == 0
        else { throw statement.error() }
    }

    /// Some rows as the parameters of a statement that has places for each of their fields.
    func bind(_ rows: Range<Int>, to statement: MariaDBStatement) throws(StoreError) {
        guard let handle = statement.handle else { throw statement.error() }
        makeBinds(columns.count * rows.count)
        var place = 0
        for row in rows {
            for column in columns {
                binds[place] = BulkColumns.bind(column, row)
                place += 1
            }
        }
        guard mysql_stmt_bind_param(handle, binds.baseAddress) == 0 else { throw statement.error() }
    }

    private static func bind(_ column: Column, _ row: Int) -> MYSQL_BIND {
        var bind = MYSQL_BIND()
        guard column.indicators[row] != CChar(STMT_INDICATOR_NULL.rawValue) else {
            bind.buffer_type = MYSQL_TYPE_NULL
            return bind
        }
        bind.buffer_type = column.type
        let isText = column.type == MYSQL_TYPE_STRING
        bind.buffer =
            isText
            ? UnsafeMutableRawPointer(bitPattern: UInt(column.cells[row])) : UnsafeMutableRawPointer(column.cells + row)
        bind.buffer_length = column.lengths[row]
        bind.length_value = column.lengths[row]
        return bind
    }
}
