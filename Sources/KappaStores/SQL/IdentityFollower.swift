import KappaCore

/// Follows the rows of a view by the numbers that they got on arrival.
///
/// In PostgreSQL a transaction that began earlier may end later, with ids below those that were seen; so the horizon
/// from which rows are asked for moves on only past ids that no open transaction can have.
final class IdentityFollower: RowFollower {
    private let store: any SQLStore
    private let query: ViewQuery
    private let columns: [String]
    private let view: ViewName
    private var horizon: FollowHorizon
    private let schema: ResultSchema
    private var hasAsked = false

    init(
        _ store: any SQLStore, _ query: ViewQuery, _ columns: [String], _ view: ViewName, after place: FollowPlace?
    ) throws(StoreError) {
        self.store = store
        self.query = query
        self.columns = columns
        self.view = view
        schema = try store.schema(of: view) ?? .standard
        if let place {
            guard let id = Int64(place.word) else {
                throw StoreError(.usage, "'\(place.word)' is no place in '\(view)'")
            }
            horizon = FollowHorizon(start: id)
        } else {
            horizon = try IdentityFollower.start(store, view)
        }
    }

    var place: FollowPlace { FollowPlace(word: "\(horizon.id)") }

    /// Ids a little below the greatest may still be in the hands of an open transaction.
    private static func start(_ store: any SQLStore, _ view: ViewName) throws(StoreError) -> FollowHorizon {
        let text = QueryText(view, store.dialect)
        let greatest = try store.number(text.greatestID, view) ?? 0
        guard store.idsInDoubt > 0 else { return FollowHorizon(start: greatest) }
        let start = max(0, greatest - store.idsInDoubt)
        var asking = text
        let cursor = try store.ask(asking.ids(after: start), view)
        var seen: Set<Int64> = []
        while let row = try cursor.next() { seen.insert(row[0].integer ?? 0) }
        return FollowHorizon(start: start, seen: seen)
    }

    func arrivals() throws(StoreError) -> any RowCursor {
        if hasAsked { horizon.willAsk(try store.openTransactions()) }
        hasAsked = true
        var text = QueryText(view, store.dialect, schema)
        let cursor = try store.ask(try text.following(query, columns: columns, id: horizon.id), view)
        return ArrivalCursor(cursor, self)
    }

    /// The rows of `arrivals` that were not shown before, without their ids.
    private final class ArrivalCursor: RowCursor {
        let columns: [ResultColumn]
        private let cursor: any RowCursor
        private let follower: IdentityFollower
        private var isAtEnd = false

        init(_ cursor: any RowCursor, _ follower: IdentityFollower) {
            self.cursor = cursor
            self.follower = follower
            columns = Array(cursor.columns.dropFirst())
        }

        func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
            guard !isAtEnd else { return nil }
            while let row = try cursor.next() {
                guard let id = row[0].integer, follower.horizon.isNew(id) else { continue }
                return UnsafeBufferPointer(rebasing: row.dropFirst())
            }
            isAtEnd = true
            follower.horizon.hasAsked(ordered: follower.store.idsInDoubt == 0)
            return nil
        }
    }
}
