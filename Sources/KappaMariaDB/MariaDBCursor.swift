import CMariaDB
import Glibc
import KappaStores

/// The rows of a statement as they come over the connection.
final class MariaDBCursor: RowCursor {
    let columns: [ResultColumn]
    private let statement: MariaDBStatement
    private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let lengths: UnsafeMutableBufferPointer<UInt>
    private let nulls: UnsafeMutableBufferPointer<my_bool>
    private let cells: UnsafeMutableBufferPointer<StoreCell>
    private var buffers: [UnsafeMutableRawPointer] = []
    private var sizes: [Int] = []
    /// RFC 3339 of each column of times.
    private let times: UnsafeMutableRawPointer
    private var isAtEnd = false

    private static let timeWidth = 32

    init(_ statement: MariaDBStatement) throws(StoreError) {
        self.statement = statement
        let count = statement.columnCount
        var found: [ResultColumn] = []
        if let handle = statement.handle, let metadata = mysql_stmt_result_metadata(handle) {
            for index in 0..<count {
                let field = mysql_fetch_field_direct(metadata, UInt32(index)).pointee
                found.append(ResultColumn(name: String(cString: field.name), kind: MariaDBCursor.kind(of: field)))
            }
            mysql_free_result(metadata)
        }
        columns = found
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND())
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0)
        nulls = .allocate(capacity: count)
        nulls.initialize(repeating: 0)
        cells = .allocate(capacity: count)
        cells.initialize(repeating: .null)
        times = .allocate(byteCount: max(count, 1) * MariaDBCursor.timeWidth, alignment: 8)
        for index in 0..<count { bind(index, size: 64) }
        guard let handle = statement.handle, mysql_stmt_bind_result(handle, binds.baseAddress) == 0 else {
            throw statement.error()
        }
    }

    deinit {
        buffers.forEach { free($0) }
        binds.deallocate()
        lengths.deallocate()
        nulls.deallocate()
        cells.deallocate()
        times.deallocate()
    }

    private static func kind(of field: MYSQL_FIELD) -> ColumnKind {
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_LONG, MYSQL_TYPE_INT24, MYSQL_TYPE_LONGLONG,
            MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE, MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL, MYSQL_TYPE_YEAR:
            .number
        case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP: .time
        case MYSQL_TYPE_JSON: .json
        default: .text
        }
    }

    /// Whole numbers and doubles come as they are; of all else the library makes a text.
    private func bind(_ index: Int, size: Int) {
        if buffers.count > index { free(buffers[index]) }
        let memory = malloc(size)!
        if buffers.count > index {
            (buffers[index], sizes[index]) = (memory, size)
        } else {
            buffers.append(memory)
            sizes.append(size)
        }
        binds[index].buffer = memory
        binds[index].buffer_length = UInt(size)
        binds[index].length = lengths.baseAddress! + index
        binds[index].is_null = nulls.baseAddress! + index
        switch types[index] {
        case .whole: binds[index].buffer_type = MYSQL_TYPE_LONGLONG
        case .real: binds[index].buffer_type = MYSQL_TYPE_DOUBLE
        case .text: binds[index].buffer_type = MYSQL_TYPE_STRING
        case .bytes: binds[index].buffer_type = MYSQL_TYPE_BLOB
        }
    }

    private enum Form {
        case whole, real, text, bytes

        var hasLength: Bool { self == .text || self == .bytes }
    }

    /// What columns of bytes are written in.
    private lazy var hexTexts: [HexText?] = types.map { $0 == .bytes ? HexText() : nil }

    /// The number of the character set that stands for bytes, which are no text.
    private static let binary: UInt32 = 63

    private lazy var types: [Form] = {
        guard let handle = statement.handle, let metadata = mysql_stmt_result_metadata(handle) else { return [] }
        defer { mysql_free_result(metadata) }
        return columns.indices.map { index in
            let field = mysql_fetch_field_direct(metadata, UInt32(index)).pointee
            return switch field.type {
            case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_LONG, MYSQL_TYPE_INT24, MYSQL_TYPE_LONGLONG: .whole
            case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: .real
            case MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB,
                MYSQL_TYPE_STRING, MYSQL_TYPE_VAR_STRING, MYSQL_TYPE_VARCHAR:
                field.charsetnr == MariaDBCursor.binary ? .bytes : .text
            default: .text
            }
        }
    }()

    func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
        guard !isAtEnd else { return nil }
        guard let handle = statement.handle else {
            throw StoreError(.failed, "an answer was read on after a later question", of: statement.connection.name)
        }
        switch mysql_stmt_fetch(handle) {
        case 0: break
        case MYSQL_DATA_TRUNCATED: try fetchLongTexts(handle)
        case MYSQL_NO_DATA:
            isAtEnd = true
            return nil
        default: throw statement.error()
        }
        for index in columns.indices { cells[index] = cell(index) }
        return UnsafeBufferPointer(cells)
    }

    /// A text that found no room is fetched once more, and the room stays.
    private func fetchLongTexts(_ handle: UnsafeMutablePointer<MYSQL_STMT>) throws(StoreError) {
        for index in columns.indices where types[index].hasLength && Int(lengths[index]) > sizes[index] {
            bind(index, size: Int(lengths[index]) * 2)
            guard mysql_stmt_fetch_column(handle, binds.baseAddress! + index, UInt32(index), 0) == 0 else {
                throw statement.error()
            }
        }
        guard mysql_stmt_bind_result(handle, binds.baseAddress) == 0 else { throw statement.error() }
    }

    private func cell(_ index: Int) -> StoreCell {
        guard nulls[index] == 0 else { return .null }
        let memory = buffers[index]
        switch types[index] {
        case .whole: return .integer(memory.load(as: Int64.self))
        case .real: return .real(memory.load(as: Double.self))
        case .bytes:
            let bytes = UnsafeRawBufferPointer(start: memory, count: min(Int(lengths[index]), sizes[index]))
            return .text(hexTexts[index]?.write(bytes) ?? bytes)
        case .text:
            let bytes = UnsafeRawBufferPointer(start: memory, count: min(Int(lengths[index]), sizes[index]))
            switch columns[index].kind {
            case .number: return .number(trimmed(bytes))
            case .time: return .time(rfc3339(bytes, index))
            case .json: return .json(bytes)
            default: return .text(bytes)
            }
        }
    }

    /// A decimal's zeros behind the point say nothing.
    private func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard bytes.contains(UInt8(ascii: ".")) else { return bytes }
        var end = bytes.count
        while end > 0, bytes[end - 1] == UInt8(ascii: "0") { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }

    /// `2022-04-15 22:06:38[.737[000]]` with a T, milliseconds and a Z.
    private func rfc3339(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UnsafeRawBufferPointer {
        guard bytes.count >= 19 else { return bytes }
        let room = UnsafeMutableRawBufferPointer(
            start: times + index * MariaDBCursor.timeWidth, count: MariaDBCursor.timeWidth)
        for place in 0..<23 {
            room[place] = place < bytes.count ? bytes[place] : place == 19 ? UInt8(ascii: ".") : UInt8(ascii: "0")
        }
        room[10] = UInt8(ascii: "T")
        room[23] = UInt8(ascii: "Z")
        return UnsafeRawBufferPointer(rebasing: room[..<24])
    }
}
