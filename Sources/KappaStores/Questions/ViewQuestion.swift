package import KappaCore

/// What can be asked of a view. A store answers in its own way; nobody above it writes its words.
package enum ViewQuestion: Sendable {
    /// The rows that the query is for, with these columns, the newest first unless it says otherwise.
    case rows(ViewQuery, columns: [String])
    /// How many rows the query is for: `count`.
    case count(ViewQuery)
    /// The key's fields, `window_start` and `window_end` of all windows, key by key in the order of time.
    case windows(ViewQuery)
    /// Rows put together: `bucket` where time is cut, then the dimensions, the aggregates and `units`.
    case buckets(ViewQuery, Grouping, [Aggregate])
    /// One row: how many `rows`, how many `readings` they hold, and the `place` behind the newest of them.
    case totals
    /// A question in the store's own language, by a person. It is only ever read with.
    case own(String)
}

/// A place in the order in which rows came into a view, in the store's own words.
package struct FollowPlace: Sendable, Equatable {
    package var word: String

    package init(word: String) { self.word = word }
}

/// Knows which rows of a view were shown, and finds the ones that came since.
package protocol RowFollower: AnyObject {
    /// The rows that came since the last cursor of this kind was read to its end.
    func arrivals() throws(StoreError) -> any RowCursor
    /// From where another follower would go on. It may show a few rows again, and leaves none out.
    var place: FollowPlace { get }
}

/// The counts of a view.
package struct ViewTotals: Sendable, Equatable {
    package var rows: Int64
    /// The sum of the windows' counts.
    package var readings: Int64
    package var place: FollowPlace
}

extension ViewStore {
    package func totals(of view: ViewName) throws(StoreError) -> ViewTotals {
        let cursor = try answer(.totals, of: view)
        guard let row = try cursor.next() else {
            throw StoreError(.failed, "\(name): '\(view)' did not say how many rows it has")
        }
        // The cells' bytes are the cursor's.
        return withExtendedLifetime(cursor) {
            ViewTotals(
                rows: row[0].integer ?? 0, readings: row[1].integer ?? 0, place: FollowPlace(word: row[2].string))
        }
    }

    /// Calls `body` with each stretch in which windows are missing, key by key; `end` is when the next are overdue.
    /// One key's times are in memory at a time.
    package func gaps(
        _ query: ViewQuery, until end: Timestamp, of view: ViewName,
        _ body: (KeyWindows, KeyWindows.Gap) throws -> Void
    ) throws {
        let cursor = try answer(.windows(query), of: view)
        var key = KeyWindows()
        func finish() throws { for gap in key.gaps(until: end) { try body(key, gap) } }
        while let row = try cursor.next() {
            let count = row.count - 2
            guard let start = row[count].timestamp, let stop = row[count + 1].timestamp else { continue }
            if !key.bears(row[..<count]) {
                try finish()
                key = KeyWindows(row[..<count])
            }
            key.windows.append(Window(start: start, end: stop))
        }
        try finish()
    }
}
