package import KappaCore
package import KappaStores

/// Where a query's answers come from: a store, and a view in it.
package final class QuerySource {
    private let store: any ViewStore
    private let view: ViewName

    package init(_ store: any ViewStore, view: ViewName) {
        self.store = store
        self.view = view
    }

    package func answer(_ question: ViewQuestion) throws -> any RowCursor {
        do {
            return try store.answer(question, of: view)
        } catch {
            guard error.code == .statement, case .own(let words) = question else { throw error }
            var error = error
            if !QuerySource.isOneSelect(words) {
                error.hint = error.hint ?? "--sql takes one SELECT; nothing can be written."
            }
            throw error
        }
    }

    /// Whether a person's own words begin as a question does, and end with it.
    private static func isOneSelect(_ words: String) -> Bool {
        let first = words.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.lowercased()
        let rest = words.drop { $0 != ";" }.dropFirst()
        return ["select", "with", "values", "table"].contains(first) && rest.allSatisfy { $0.isWhitespace || $0 == ";" }
    }

    /// The columns of the view; of one that is not there, those that it would have.
    package var columns: QueryColumns {
        get throws { QueryColumns(try store.schema(of: view) ?? .standard) }
    }

    package func follow(_ query: ViewQuery, columns: [String]) throws -> any RowFollower {
        try store.follow(query, columns: columns, of: view, after: nil)
    }

    package func gaps(
        _ query: ViewQuery, until end: Timestamp, _ body: (KeyWindows, KeyWindows.Gap) throws -> Void
    ) throws {
        try store.gaps(query, until: end, of: view, body)
    }
}
