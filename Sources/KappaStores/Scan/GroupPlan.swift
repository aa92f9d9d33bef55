import KappaCore

/// How rows become groups and their values one: what SQL stores say with GROUP BY, in the same words of the person.
struct GroupPlan {
    private enum Key {
        /// The start of the stretch of this many milliseconds that holds the time.
        case bucket(name: String, column: Int, milliseconds: Int64)
        case field(name: String, kind: ColumnKind, column: Int)
    }

    /// The columns that the rows must have.
    private(set) var needed: [ColumnDefinition] = []
    private var keys: [Key] = []
    private let aggregates: [Aggregate]
    private let hasBucket: Bool
    /// Where the number stands, and what the windows say of their own readings.
    private var value: Int?
    private var isWhole = false
    private var isOwn = false
    private var (sum, count, least, most, units): (Int?, Int?, Int?, Int?, Int?)

    init(
        _ query: ViewQuery, _ grouping: Grouping, _ aggregates: [Aggregate], _ columns: QueryColumns
    ) throws(StoreError) {
        self.aggregates = aggregates
        hasBucket = grouping.bucketSeconds != nil
        if let seconds = grouping.bucketSeconds { try addBucket("bucket", seconds, columns) }
        for dimension in grouping.dimensions ?? columns.keys.map({ .field($0) }) {
            switch dimension {
            case .day: try addBucket("day", 86_400, columns)
            case .field(let word):
                let column = try columns.named(word)
                keys.append(.field(name: column.name, kind: column.result.kind, column: need(column)))
            }
        }
        for aggregate in aggregates where aggregate != .rows { try addValue(aggregate, query, columns) }
        if let name = columns.units { units = need(try columns.column(name)) }
    }

    private mutating func need(_ column: ColumnDefinition) -> Int {
        if let place = needed.firstIndex(where: { $0.name == column.name }) { return place }
        needed.append(column)
        return needed.count - 1
    }

    private mutating func addBucket(_ name: String, _ seconds: Int64, _ columns: QueryColumns) throws(StoreError) {
        guard let time = columns.time else {
            throw StoreError(.usage, "these rows have no time, so they cannot be put into buckets")
        }
        let place = need(try columns.column(time))
        keys.append(.bucket(name: name, column: place, milliseconds: seconds * 1000))
    }

    private mutating func addValue(
        _ aggregate: Aggregate, _ query: ViewQuery, _ columns: QueryColumns
    ) throws(StoreError) {
        guard let word = query.value ?? columns.value else {
            throw StoreError(.usage, "these rows have no value of their own", hint: "Name a column with --value.")
        }
        let column = try columns.named(word)
        guard column.content == .real || column.content == .whole else {
            throw StoreError(.usage, "'\(word)' is not a number, so there is no \(aggregate.rawValue) of it")
        }
        value = need(column)
        isWhole = column.content == .whole
        isOwn = column.name == columns.value
        if columns.has("count") { count = need(try columns.column("count")) }
        guard isOwn else { return }
        if columns.has("sum") { sum = need(try columns.column("sum")) }
        if columns.has("min") { least = need(try columns.column("min")) }
        if columns.has("max") { most = need(try columns.column("max")) }
    }

    // MARK: The rows

    private struct Group {
        var key: [KeptCell]
        var rows: Int64 = 0
        var readings: Int64 = 0
        var sum = 0.0
        var values: Int64 = 0
        var least: Double?
        var most: Double?
        var units: [UInt8]?
    }

    func group(_ cursor: any RowCursor, limit: Int?, oldestFirst: Bool) throws(StoreError) -> MemoryCursor {
        var groups: [Group] = keys.isEmpty ? [Group(key: [])] : []
        var places: [[KeptCell]: Int] = keys.isEmpty ? [[]: 0] : [:]
        var last = 0
        while let row = try cursor.next() {
            let key = keys.map { cell($0, row) }
            if !groups.indices.contains(last) || groups[last].key != key {
                last = places[key] ?? groups.count
                if last == groups.count {
                    groups.append(Group(key: key))
                    places[key] = last
                }
            }
            add(row, to: &groups[last])
        }
        let isDescending = hasBucket && !oldestFirst
        groups.sort { precedes($0.key, $1.key, isDescending) }
        return MemoryCursor(columns, groups.prefix(limit ?? Int.max).map(cells))
    }

    private func cell(_ key: Key, _ row: UnsafeBufferPointer<StoreCell>) -> KeptCell {
        switch key {
        case .field(_, _, let column): return KeptCell(row[column])
        case .bucket(_, let column, let size):
            guard let time = row[column].timestamp?.milliseconds else { return .null }
            return .time(time.flooredQuotientAndRemainder(dividingBy: size).quotient * size)
        }
    }

    private func precedes(_ left: [KeptCell], _ right: [KeptCell], _ isDescending: Bool) -> Bool {
        for (index, (left, right)) in zip(left, right).enumerated() {
            guard let isLess = KeptCell.precedes(left, right) else { continue }
            return index == 0 && isDescending ? !isLess : isLess
        }
        return false
    }

    private func add(_ row: UnsafeBufferPointer<StoreCell>, to group: inout Group) {
        func number(_ place: Int?) -> Double? { place.flatMap { row[$0].double } }
        group.rows += 1
        let readings = count.map { row[$0].integer ?? 0 } ?? 1
        group.readings = group.readings.addingSaturated(readings)
        if let units, case .text(let bytes) = row[units] {
            if group.units?.lexicographicallyPrecedes(bytes) ?? true { group.units = Array(bytes) }
        }
        guard let own = number(value) else { return }
        group.values += 1
        let weighted = count == nil ? own : own * Double(readings)
        group.sum += isOwn ? number(sum) ?? weighted : own
        let (low, high) = (number(least) ?? own, number(most) ?? own)
        group.least = min(group.least ?? low, low)
        group.most = max(group.most ?? high, high)
    }

    // MARK: The answer

    private var columns: [ResultColumn] {
        keys.map { key in
            switch key {
            case .bucket(let name, _, _): ResultColumn(name: name, kind: .time)
            case .field(let name, let kind, _): ResultColumn(name: name, kind: kind)
            }
        } + aggregates.map { ResultColumn(name: $0.rawValue, kind: .number) }
            + [ResultColumn(name: "units", kind: .text)]
    }

    private func cells(_ group: Group) -> [KeptCell] {
        group.key + aggregates.map { value(of: $0, group) } + [group.units.map { .text($0) } ?? .null]
    }

    private func value(of aggregate: Aggregate, _ group: Group) -> KeptCell {
        switch aggregate {
        case .rows: return .integer(group.rows)
        case .count: return .integer(group.readings)
        case .mean:
            let divisor = isOwn ? group.readings : group.values
            return group.values == 0 || divisor == 0 ? .null : .real(group.sum / Double(divisor))
        case .sum: return group.values == 0 ? .null : .real(group.sum)
        case .min: return group.least.map { .real($0) } ?? .null
        case .max: return group.most.map { .real($0) } ?? .null
        }
    }
}
