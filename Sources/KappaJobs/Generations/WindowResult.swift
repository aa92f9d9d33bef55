/// A result as a comparison needs it: which window it is, and what came out.
package struct WindowResult {
    /// The topic's stable name, the key's fields and the window's bounds.
    package var topic: String
    package var key: String
    package var start: Int64
    package var end: Int64
    package var number: Double?
    /// Of all bytes of the record's value (FNV-1a).
    package var digest: UInt64
    /// The partition and offset that it was read from.
    package var place: Int64
    /// A correction says that it is a result no more.
    var isWithdrawn = false
    /// The other numbers of the result, by the names of its schema; not a number where one is null.
    var names: [String] = []
    var numbers: [Double] = []

    package static func place(_ partition: Int32, _ offset: Int64) -> Int64 { Int64(partition) << 44 | offset }

    package static func order(_ left: WindowResult, _ right: WindowResult) -> Bool {
        (left.topic, left.end, left.start, left.key) < (right.topic, right.end, right.start, right.key)
    }

    func isSameWindow(as other: WindowResult) -> Bool {
        topic == other.topic && end == other.end && start == other.start && key == other.key
    }

    /// In the order of their windows; of several for one window the last one counts, and one taken back is none.
    package static func settled(_ results: [WindowResult]) -> [WindowResult] {
        // The last one of a window comes last, since the order is kept among equals by their places.
        let order = results.indices.sorted { left, right in
            if WindowResult.order(results[left], results[right]) { return true }
            return !WindowResult.order(results[right], results[left]) && left < right
        }
        var kept: [WindowResult] = []
        kept.reserveCapacity(results.count)
        for index in order {
            if let last = kept.last, last.isSameWindow(as: results[index]) { kept.removeLast() }
            kept.append(results[index])
        }
        return kept.filter { !$0.isWithdrawn }
    }
}
