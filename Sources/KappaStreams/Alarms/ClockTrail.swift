/// Where the clock stood at some of the records: what is read again is judged late or in time by the clock it met the
/// first time, so reading again begins at a record whose clock is known.
struct ClockTrail {
    private struct Mark {
        var offset: Int64
        /// Before the record was taken.
        var clock: Int64
    }

    /// So many records lie between two marks: they are read again for nothing at most.
    private static let spacing: Int64 = 256
    private static let mostMarks = 4096

    private var marks: [Mark] = []

    @inline(__always)
    mutating func note(_ offset: Int64, clock: Int64) {
        if let last = marks.last, offset < last.offset + ClockTrail.spacing { return }
        marks.append(Mark(offset: offset, clock: clock))
    }

    /// Whether it has grown so long that what is not needed any more should be let go of.
    var isLong: Bool { marks.count > ClockTrail.mostMarks }

    /// The last known place at or before the record that something rests on.
    func place(before offset: Int64) -> (offset: Int64, clock: Int64)? {
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : (marks[low - 1].offset, marks[low - 1].clock)
    }

    mutating func forget(before offset: Int64?) {
        guard let offset else { return marks.removeAll(keepingCapacity: true) }
        if let kept = marks.lastIndex(where: { $0.offset <= offset }) { marks.removeFirst(kept) }
    }
}
