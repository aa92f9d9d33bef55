import KappaCore
import KappaStores
package import KappaTerminal

/// A table with a column for each borehole, instrument or day, as the pivot dashboards showed it.
///
/// Days go down where boreholes or instruments go across; boreholes go down where days go across.
package struct QueryPivot {
    /// More would be no table that anybody reads.
    static let mostColumns = 500

    private let settings: QuerySettings
    private let source: QuerySource
    private let across: Grouping.Dimension
    private let down: Grouping.Dimension

    package init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
        let word = settings.pivot ?? "borehole"
        across = word == "day" ? .day : .field(word)
        down = across == .day ? .field(settings.keys.first ?? "borehole") : .day
    }

    private var downName: String {
        down == .field("boreholenumber") ? "borehole" : usesBucket ? "bucket" : down.word
    }

    private var usesBucket: Bool { settings.grouping.bucketSeconds != nil && down == .day }

    package func show(_ output: Output) throws {
        var heads: [String: Int] = [:]
        var rows: [String: [String: Cell]] = [:]
        var query = settings.query
        query.limit = nil
        let grouping =
            usesBucket
            ? Grouping(bucketSeconds: settings.grouping.bucketSeconds, dimensions: [across])
            : Grouping(dimensions: [down, across])
        let cursor = try source.answer(.buckets(query, grouping, settings.aggregates))
        while let row = try cursor.next() {
            let left = label(row[0], isTime: down == .day, isDay: !usesBucket)
            let head = label(row[1], isTime: across == .day, isDay: true)
            heads[head] = 1
            guard heads.count <= QueryPivot.mostColumns else {
                throw QueryFailure(
                    "there are more than \(QueryPivot.mostColumns) columns",
                    hint: "Narrow them with --borehole, --instrument, --since or --until.")
            }
            rows[left, default: [:]][head] = RowOutput.cell(row[2])
        }
        try write(heads.keys.sorted(), rows, output)
    }

    private func write(_ heads: [String], _ rows: [String: [String: Cell]], _ output: Output) throws {
        let columns =
            [Column(downName)] + heads.map { Column($0, title: $0, align: .right, canShrink: false) }
        let isNewestFirst = down == .day && !settings.query.oldestFirst
        let lefts = rows.keys.sorted { isNewestFirst ? $0 > $1 : $0 < $1 }
        try output.rows("pivot", columns) { written in
            for left in lefts.prefix(settings.query.limit ?? .max) {
                try written.add([.text(left)] + heads.map { rows[left]?[$0] ?? .absent })
            }
        }
    }

    private func label(_ cell: StoreCell, isTime: Bool, isDay: Bool) -> String {
        guard case .text(let text) = RowOutput.cell(cell) else { return "" }
        return isTime && isDay ? String(text.prefix(10)) : text
    }
}
