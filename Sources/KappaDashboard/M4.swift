/// Many points as few, and the same picture: of each column of pixels the first, the lowest, the highest and the last
/// (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
///
/// Nothing extreme is ever left out, which is why no method that merely chooses what looks alike will do here: a
/// reading over a limit must show at every zoom.
package struct M4: Sendable {
    package struct Point: Equatable, Sendable {
        package var time: Int64
        package var value: Double

        package init(_ time: Int64, _ value: Double) {
            self.time = time
            self.value = value
        }
    }

    private struct Column {
        var first: Point
        var lowest: Point
        var highest: Point
        var last: Point
        /// Of the windows themselves, which reach further than their means.
        var floor: Double
        var ceiling: Double
    }

    private let from: Int64
    private let to: Int64
    private var columns: [Column?]
    private var all: [(point: Point, floor: Double, ceiling: Double)] = []
    package private(set) var count = 0
    /// Of all windows, with their times.
    package private(set) var lowest: Point?
    package private(set) var highest: Point?
    package private(set) var first: Point?
    package private(set) var last: Point?

    package init(from: Int64, to: Int64, columns: Int) {
        self.from = from
        self.to = max(to, from + 1)
        self.columns = Array(repeating: nil, count: max(1, columns))
    }

    /// Points outside of the range fall into its first or last column.
    package mutating func add(_ time: Int64, _ value: Double, floor: Double, ceiling: Double) {
        guard value.isFinite else { return }
        let point = Point(time, value)
        count += 1
        if all.count <= columns.count * 2 { all.append((point, floor, ceiling)) }
        note(point, floor, ceiling)
        let index = columnIndex(time)
        guard var column = columns[index] else {
            columns[index] = Column(
                first: point, lowest: point, highest: point, last: point, floor: floor, ceiling: ceiling)
            return
        }
        if time < column.first.time { column.first = point }
        if time >= column.last.time { column.last = point }
        if value < column.lowest.value { column.lowest = point }
        if value > column.highest.value { column.highest = point }
        column.floor = min(column.floor, floor)
        column.ceiling = max(column.ceiling, ceiling)
        columns[index] = column
    }

    private mutating func note(_ point: Point, _ floor: Double, _ ceiling: Double) {
        if floor < lowest?.value ?? .infinity { lowest = Point(point.time, floor) }
        if ceiling > highest?.value ?? -.infinity { highest = Point(point.time, ceiling) }
        if point.time < first?.time ?? .max { first = point }
        if point.time >= last?.time ?? .min { last = point }
    }

    private func columnIndex(_ time: Int64) -> Int {
        let share = Double(time - from) / Double(to - from)
        return min(columns.count - 1, max(0, Int(share * Double(columns.count))))
    }

    /// Whether points were left out.
    package var isReduced: Bool { count > columns.count * 2 }

    /// In the order of time.
    package var line: [Point] {
        guard isReduced else { return all.map(\.point).sorted { $0.time < $1.time } }
        return columns.compactMap { $0 }.flatMap { column in
            var points: [Point] = []
            for point in [column.first, column.lowest, column.highest, column.last] where !points.contains(point) {
                points.append(point)
            }
            // A sort that keeps the order of equals: the first stays before the others of its moment.
            return points.enumerated().sorted { ($0.1.time, $0.0) < ($1.1.time, $1.0) }.map(\.element)
        }
    }

    /// The reach of the windows of each column, at the time of its first.
    package var band: [(time: Int64, floor: Double, ceiling: Double)] {
        guard isReduced else {
            return all.map { ($0.point.time, $0.floor, $0.ceiling) }.sorted { $0.0 < $1.0 }
        }
        return columns.compactMap { $0 }.map { ($0.first.time, $0.floor, $0.ceiling) }
    }
}
