import KappaStores
package import KappaTerminal

/// The values of a field that the rows have, with how many rows have each.
package struct QueryList {
    private let settings: QuerySettings
    private let source: QuerySource

    package init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    package static let plurals = ["boreholes": "borehole", "instruments": "instrument", "units": "units"]

    package func show(_ output: Output, nothing: () -> Void) throws {
        let word = settings.list ?? "boreholes"
        let field = QueryList.plurals[word] ?? word
        let grouping = Grouping(dimensions: [.field(field)])
        let cursor = try source.answer(.buckets(settings.query, grouping, [.rows, .count]))
        let columns = [
            Column(field, canShrink: false), Column("rows", align: .right), Column("readings", align: .right),
        ]
        var isEmpty = true
        try output.rows(QueryList.plurals[word] == nil ? "values" : word, columns) { rows in
            while let row = try cursor.next() {
                isEmpty = false
                try rows.add([RowOutput.cell(row[0]), RowOutput.cell(row[1]), RowOutput.cell(row[2])])
            }
        }
        if isEmpty { nothing() }
    }
}
