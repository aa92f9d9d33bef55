import KappaCore
import KappaSimulation
import KappaStores

/// Counts what is stored, and knows the latest reading of each kind: only the rows that are new are read.
final class ViewReader {
    struct Counts: Equatable {
        var windows: Int64 = 0
        /// The sum of the windows' counts.
        var readings: Int64 = 0
        var latest: [PipelineSnapshot.Latest] = []
    }

    private static let trendLength = 60
    private let address: StoreAddress
    private var store: (any ViewStore)?
    private var counts = Counts()
    private var lastID: Int64?

    init(_ address: StoreAddress) {
        self.address = address
    }

    /// nil when the store does not answer, or has no view yet.
    func read() -> Counts? {
        do {
            let store = try self.store ?? address.open(for: .reading)
            self.store = store
            if lastID == nil { try begin(store) }
            try readNew(store)
            return counts
        } catch {
            store = nil
            return nil
        }
    }

    /// All rows, summed by the store itself: for the books.
    static func total(_ address: StoreAddress) throws -> (windows: Int64, readings: Int64) {
        let store = try address.open(for: .reading)
        let row = try integers(store, "SELECT COUNT(*), COALESCE(SUM(\"count\"), 0) FROM record")
        return (row[0], row[1])
    }

    private func begin(_ store: any ViewStore) throws {
        let row = try ViewReader.integers(
            store, "SELECT COUNT(*), COALESCE(SUM(\"count\"), 0), COALESCE(MAX(id), 0) FROM record")
        (counts.windows, counts.readings) = (row[0], row[1])
        lastID = row[2]
    }

    private func readNew(_ store: any ViewStore) throws {
        let rows = try store.read(
            ReadStatement(
                sql: """
                    SELECT id, "count", instrument, boreholenumber, reading, units, ts FROM record WHERE id > \
                    \(store.dialect == .postgres ? "$1" : "?1") ORDER BY id
                    """,
                parameters: [.integer(lastID ?? 0)]))
        while let row = try rows.next() {
            lastID = row[0].integer ?? lastID
            counts.windows += 1
            counts.readings += row[1].integer ?? 0
            note(row)
        }
    }

    /// One borehole of each kind is followed, the first that is seen.
    private func note(_ row: UnsafeBufferPointer<StoreCell>) {
        let (instrument, borehole) = (row[2].string, row[3].string)
        guard let value = row[4].double else { return }
        let place = counts.latest.firstIndex { $0.instrument == instrument }
        if let place, counts.latest[place].borehole != borehole { return }
        var latest =
            place.map { counts.latest[$0] }
            ?? PipelineSnapshot.Latest(
                instrument: instrument, borehole: borehole, value: value, units: units(row), time: "", trend: [])
        latest.value = value
        // 2022-04-15T22:06:38.737Z, or with a space: the clock's part.
        latest.time = String(row[6].string.dropFirst(11).prefix(8))
        latest.trend = latest.trend.suffix(ViewReader.trendLength - 1) + [value]
        if let place { counts.latest[place] = latest } else { counts.latest.append(latest) }
        counts.latest.sort { $0.instrument < $1.instrument }
    }

    /// Readings that came one by one bear no unit; what the instrument measures is known all the same.
    private func units(_ row: UnsafeBufferPointer<StoreCell>) -> String {
        row[5].string.isEmpty ? Instrument(rawValue: row[2].string)?.units ?? "" : row[5].string
    }

    private static func integers(_ store: any ViewStore, _ sql: String) throws -> [Int64] {
        let rows = try store.read(ReadStatement(sql: sql))
        guard let row = try rows.next() else { return [] }
        return row.map { $0.integer ?? 0 }
    }
}

extension StoreCell {
    fileprivate var string: String {
        switch self {
        case .null: ""
        case .integer(let value): String(value)
        case .real(let value): String(value)
        case .boolean(let value): String(value)
        case .number(let bytes), .time(let bytes), .text(let bytes), .json(let bytes):
            String(decoding: bytes, as: UTF8.self)
        }
    }

    fileprivate var double: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: Double(string)
        }
    }

    /// PostgreSQL's SUM of a bigint is a numeric.
    fileprivate var integer: Int64? {
        switch self {
        case .integer(let value): value
        default: Int64(string) ?? double.map { Int64($0) }
        }
    }
}
