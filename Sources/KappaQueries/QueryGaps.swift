import KappaCore
import KappaStores
package import KappaTerminal

/// Windows that are missing between two others, and keys whose next window is overdue.
package struct QueryGaps {
    private let settings: QuerySettings
    private let source: QuerySource

    package init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    package func show(_ output: Output, nothing: () -> Void) throws {
        let keys = settings.keys.map { Column($0, title: RowOutput.title(of: $0)) }
        let columns =
            keys + [
                Column("kind"),
                Column("from", canShrink: false), Column("to", canShrink: false), Column("missing", align: .right),
            ]
        var written = 0
        try output.rows("gaps", columns) { rows in
            try source.gaps(settings.query, until: settings.query.until ?? settings.now) { key, gap in
                guard written < settings.query.limit ?? .max else { return }
                written += 1
                let names = key.names.map { Cell.text($0) }
                try rows.add(
                    names + [
                        .text(gap.isOverdue ? "overdue" : "missing"),
                        .time(gap.from), .time(gap.to), .integer(gap.missing),
                    ])
            }
        }
        if written == 0 { nothing() }
    }
}
