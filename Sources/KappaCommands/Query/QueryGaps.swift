import KappaCore
import KappaStores
import KappaTerminal

/// Windows that are missing between two others, and keys whose next window is overdue.
struct QueryGaps {
    private let settings: QuerySettings
    private let source: QuerySource

    init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    func show(_ output: Output) throws {
        let columns = [
            Column("boreholenumber", title: "BOREHOLE"), Column("instrument"), Column("kind"),
            Column("from", canShrink: false), Column("to", canShrink: false), Column("missing", align: .right),
        ]
        try output.rows("gaps", columns, unfolding: true) { rows in
            var written = 0
            try source.gaps(settings.query, until: settings.query.until ?? settings.now) { key, gap in
                guard written < settings.query.limit ?? .max else { return }
                written += 1
                try rows.add([
                    .text(key.borehole), .text(key.instrument), .text(gap.isOverdue ? "overdue" : "missing"),
                    .time(gap.from), .time(gap.to), .integer(gap.missing),
                ])
            }
        }
    }
}
