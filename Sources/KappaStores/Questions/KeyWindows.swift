package import KappaCore

/// The windows of one key, in the order of time.
///
/// Each key has its own rhythm: the usual distance between its windows.
package struct KeyWindows {
    package struct Gap: Equatable {
        package var from: Timestamp
        package var to: Timestamp
        package var missing: Int64
        /// The next window should have come before the end.
        package var isOverdue: Bool
    }

    /// The key's fields, in the view's order.
    package var names: [String] = []
    package var windows: [Window] = []

    package init() {}

    init(_ cells: Slice<UnsafeBufferPointer<StoreCell>>) { names = cells.map(\.string) }

    func bears(_ cells: Slice<UnsafeBufferPointer<StoreCell>>) -> Bool {
        names.count == cells.count
            && zip(cells, names).allSatisfy { cell, name in
                if case .text(let bytes) = cell { bytes.elementsEqual(name.utf8) } else { cell.string == name }
            }
    }

    /// The usual distance between two windows' starts: the median, or the window's own length where there is but one.
    package var rhythm: Int64 {
        let steps = zip(windows, windows.dropFirst()).map { $1.start.milliseconds - $0.start.milliseconds }.sorted()
        guard let last = windows.last else { return 0 }
        return steps.isEmpty ? last.end.milliseconds - last.start.milliseconds : steps[steps.count / 2]
    }

    /// A gap is a distance of half a rhythm more than the usual one.
    package func gaps(until end: Timestamp) -> [Gap] {
        let rhythm = rhythm
        guard rhythm > 0, let last = windows.last else { return [] }
        var gaps: [Gap] = []
        for (window, next) in zip(windows, windows.dropFirst()) {
            let step = next.start.milliseconds - window.start.milliseconds
            guard step * 2 > rhythm * 3 else { continue }
            let missing = (step + rhythm / 2) / rhythm - 1
            gaps.append(Gap(from: window.end, to: next.start, missing: missing, isOverdue: false))
        }
        let waited = end.milliseconds - last.end.milliseconds
        if waited * 2 > rhythm * 3 {
            gaps.append(Gap(from: last.end, to: end, missing: waited / rhythm, isOverdue: true))
        }
        return gaps
    }
}
