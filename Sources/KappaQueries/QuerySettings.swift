package import KappaCore
package import KappaStores
package import KappaTerminal

// KappaQueries: questions to a view store, and their answers as rows, charts, pivots and gaps. What is asked for comes
// from elsewhere; how a store answers is the store's own.

/// What a query was asked for.
package struct QuerySettings {
    package enum Mode: Sendable { case rows, aggregate, count, pivot, list, gaps, sql, follow }

    package var mode = Mode.rows
    package var view: ViewName
    package var query: ViewQuery
    package var grouping = Grouping()
    package var aggregates: [Aggregate] = [.mean]
    package var pivot: String?
    /// The field whose values are listed.
    package var list: String?
    /// The columns that were asked for by name.
    package var fields: [String] = []
    /// The columns to show.
    package private(set) var columns: [String] = []
    package private(set) var keys: [String] = []
    /// The number that is drawn.
    package private(set) var value = "reading"
    package var sql: String?
    package var plots = false
    /// Where the chart goes; nil draws it in the terminal.
    package var plotFile: String?
    package var format = OutputFormat.table
    /// Of the terminal, where there is one.
    package var width = Int.max
    package let now: Timestamp

    package init(_ view: ViewName, now: Timestamp) {
        self.view = view
        self.now = now
        query = ViewQuery(now: now)
    }

    /// Refuses what does not go together.
    package func check() throws {
        guard !plots || mode == .rows || mode == .aggregate else {
            throw QueryFailure("--plot draws rows or buckets only")
        }
        guard query.value == nil || plots || mode == .pivot || mode == .aggregate else {
            throw QueryFailure("--value goes with --agg, --bucket, --pivot or --plot", hint: "--fields shows columns.")
        }
        guard fields.isEmpty || mode == .rows && !plots || mode == .follow else {
            throw QueryFailure("--fields goes with rows only")
        }
        guard !plots || mode != .aggregate || grouping.bucketSeconds != nil else {
            throw QueryFailure("--plot needs --bucket with --agg")
        }
        guard (mode != .pivot && !plots) || aggregates.count == 1 else {
            throw QueryFailure("--\(plots ? "plot" : "pivot") takes one --agg")
        }
        if let plotFile, !plotFile.hasSuffix(".svg"), !plotFile.hasSuffix(".png") {
            throw QueryFailure("--plot: '\(plotFile)' ends neither in .svg nor in .png")
        }
        let isFiltered =
            !(query.instruments.isEmpty && query.boreholes.isEmpty && query.predicates.isEmpty)
            || query.since != nil || query.until != nil || query.limit != nil
        guard mode != .sql || !isFiltered else {
            throw QueryFailure(
                "--sql does not go with the other options of a question",
                hint: "Write the conditions into the SELECT.")
        }
    }

    /// Chooses the columns, now that it is known which there are. People get those they look at, as many as their
    /// terminal has room for; programs get all of them.
    package mutating func meet(_ known: QueryColumns) throws {
        keys = known.keys
        value = try known.named(query.value ?? known.value ?? known.all[0]).name
        if fields == ["all"] {
            columns = known.all
        } else if !fields.isEmpty {
            columns = try fields.map { try known.named($0).name }
        } else if format != .table {
            columns = known.all
        } else {
            columns = RowOutput.fitting(known.short, width)
        }
    }

    package var question: ViewQuestion {
        switch mode {
        case .sql: .own(sql ?? "")
        case .count: .count(query)
        case .aggregate: .buckets(query, grouping, aggregates)
        default: .rows(query, columns: columns)
        }
    }
}
