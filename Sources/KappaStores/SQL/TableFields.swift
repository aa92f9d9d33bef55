package import KappaCore

/// What becomes of a table when results of a schema come to it.
package enum TablePlan {
    /// There is no such table: it is made.
    case make(ViewTarget)
    /// The table is there and may lack columns.
    case keep(ViewTarget)
    /// The table was made for results of another key and never had a row: it is made anew.
    case replace(ViewTarget)

    package var target: ViewTarget {
        switch self {
        case .make(let target), .keep(let target), .replace(let target): target
        }
    }

    /// - Parameter found: the fields of the table that is there, nil where there is none.
    /// - Parameter isEmpty: asked only where the two do not go together.
    package init(
        _ target: ViewTarget, found: ResultSchema?, in store: String, isEmpty: () throws(StoreError) -> Bool
    ) throws(StoreError) {
        guard let found, target.shape == .results else {
            self = found == nil ? .make(target) : .keep(target)
            return
        }
        var kept = target
        kept.results = found
        switch found.meet(target.results) {
        case .same: self = .keep(kept)
        case .wider(let both, _):
            kept.results = both
            self = .keep(kept)
        case .apart(let reason):
            guard try isEmpty() else {
                throw StoreError(
                    .schema, "'\(target.view)' holds other results: \(reason)", of: store,
                    hint: "Name another table with --table.")
            }
            self = .replace(target)
        }
    }
}
