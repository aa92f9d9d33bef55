/// From which id on rows are asked for, and which of those have been shown.
struct FollowHorizon {
    private(set) var id: Int64
    private var seen: Set<Int64>
    private var greatest: Int64
    /// Where the horizon goes once every transaction before `next` has ended.
    private var pending: (id: Int64, next: Int64)?
    private var mayMove = false

    /// - Parameter seen: ids above `start` whose rows are old.
    init(start: Int64, seen: Set<Int64> = []) {
        id = start
        self.seen = seen
        greatest = seen.max() ?? start
    }

    mutating func isNew(_ row: Int64) -> Bool {
        greatest = max(greatest, row)
        return row > id && seen.insert(row).inserted
    }

    /// Before rows are asked for. A sink's transaction has its number before it takes an id, so ids up to the greatest
    /// seen belong to transactions before `next`.
    mutating func willAsk(_ snapshot: (oldest: Int64, next: Int64)?) {
        guard let snapshot else { return }
        if let pending {
            mayMove = snapshot.oldest >= pending.next
        } else if greatest > id {
            pending = (greatest, snapshot.next)
        }
    }

    /// After the rows: those of transactions that had ended before the snapshot were among them.
    mutating func hasAsked(ordered: Bool) {
        guard !ordered else {
            id = greatest
            seen.removeAll()
            return
        }
        guard mayMove, let pending else { return }
        id = pending.id
        seen = seen.filter { $0 > pending.id }
        self.pending = nil
        mayMove = false
    }
}
