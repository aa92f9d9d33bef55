import KappaCore

/// A field of a row that is kept.
package enum KeptCell: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case boolean(Bool)
    case time(Int64)
    case text([UInt8])
    case json([UInt8])

    package init(_ cell: StoreCell) {
        switch cell {
        case .null: self = .null
        case .integer(let value): self = .integer(value)
        case .real(let value): self = .real(value)
        case .boolean(let value): self = .boolean(value)
        case .number: self = cell.double.map { .real($0) } ?? .null
        case .time(let bytes): self = Timestamp(rfc3339: bytes).map { .time($0.milliseconds) } ?? .null
        case .text(let bytes): self = .text(Array(bytes))
        case .json(let bytes): self = .json(Array(bytes))
        }
    }

    /// Null comes first, as SQLite has it; texts go by their bytes.
    package static func precedes(_ left: KeptCell, _ right: KeptCell) -> Bool? {
        if left == right { return nil }
        switch (left, right) {
        case (.null, _): return true
        case (_, .null): return false
        case (.text(let left), .text(let right)), (.json(let left), .json(let right)):
            return left.lexicographicallyPrecedes(right)
        default: return left.number == right.number ? nil : left.number < right.number
        }
    }

    private var number: Double {
        switch self {
        case .integer(let value), .time(let value): Double(value)
        case .real(let value): value
        case .boolean(let value): value ? 1 : 0
        case .null, .text, .json: 0
        }
    }
}

/// Rows that lie in memory.
package final class MemoryCursor: RowCursor {
    package let columns: [ResultColumn]
    private var rows: ArraySlice<[KeptCell]>
    private let cells: UnsafeMutableBufferPointer<StoreCell>
    /// The texts of the row that was handed out.
    private var texts = ByteArena(capacity: 256)

    package init(_ columns: [ResultColumn], _ rows: [[KeptCell]]) {
        self.columns = columns
        self.rows = rows[...]
        cells = .allocate(capacity: max(columns.count, 1))
        cells.initialize(repeating: .null)
    }

    deinit { cells.deallocate() }

    package func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
        guard let row = rows.popFirst() else { return nil }
        texts.removeAll()
        let slices = row.prefix(columns.count).map { keep($0) }
        for (index, slice) in slices.enumerated() {
            switch row[index] {
            case .null: cells[index] = .null
            case .integer(let value): cells[index] = .integer(value)
            case .real(let value): cells[index] = .real(value)
            case .boolean(let value): cells[index] = .boolean(value)
            case .time: cells[index] = .time(texts.bytes(slice))
            case .text: cells[index] = .text(texts.bytes(slice))
            case .json: cells[index] = .json(texts.bytes(slice))
            }
        }
        return UnsafeBufferPointer(rebasing: cells[..<columns.count])
    }

    private func keep(_ cell: KeptCell) -> ByteArena.Slice {
        switch cell {
        case .text(let bytes), .json(let bytes): return bytes.withUnsafeBytes { texts.append($0) }
        case .time(let milliseconds):
            texts.reserve(40)
            let start = texts.count
            let written = Timestamp(milliseconds: milliseconds).write(
                rfc3339: UnsafeMutableRawBufferPointer(start: texts.base + start, count: 40))
            texts.advance(written)
            return ByteArena.Slice(start: start, count: written)
        case .null, .integer, .real, .boolean: return ByteArena.Slice(start: 0, count: 0)
        }
    }
}

/// The first row of each key, of rows that come key by key, the latest first.
struct LatestRows {
    private let columns: [ResultColumn]
    private var rows: [[KeptCell]] = []
    private let behindKey: Int

    init(_ cursor: any RowCursor, key: Range<Int>) throws(StoreError) {
        columns = cursor.columns
        behindKey = key.upperBound
        while let row = try cursor.next() {
            if let last = rows.last, key.allSatisfy({ last[$0] == KeptCell(row[$0]) }) { continue }
            rows.append(row.map { KeptCell($0) })
        }
    }

    /// The first `count` columns, ordered by those behind the key.
    func cursor(_ count: Int, order: [Bool], limit: Int?) -> MemoryCursor {
        let sorted = rows.sorted { left, right in
            for (index, isDescending) in order.enumerated() {
                let place = behindKey + index
                guard let isLess = KeptCell.precedes(left[place], right[place]) else { continue }
                return isLess != isDescending
            }
            return false
        }
        return MemoryCursor(Array(columns.prefix(count)), Array(sorted.prefix(limit ?? Int.max)))
    }
}
