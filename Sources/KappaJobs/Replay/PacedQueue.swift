package import KappaCore
import KappaKafka

/// Records that wait until their time has come, in order within each partition.
///
/// Pure: whoever owns it says what time it is. Time passes `factor` times as fast as it did when the records were made,
/// counted from the earliest of those that are first in their partitions.
package struct PacedQueue {
    /// A record that outlives its poll.
    package struct Held {
        package var offset: Int64
        package var key: [UInt8]?
        package var value: [UInt8]?
        package var headers: [Header]
        package var timestamp: Timestamp?

        package init(
            offset: Int64, key: [UInt8]? = nil, value: [UInt8]? = nil, headers: [Header], timestamp: Timestamp? = nil
        ) {
            self.offset = offset
            self.key = key
            self.value = value
            self.headers = headers
            self.timestamp = timestamp
        }
    }

    private struct Lane {
        var records: [Held] = []
        var head = 0
        /// Nothing more will come.
        var isClosed = false

        var first: Held? { head < records.count ? records[head] : nil }
        var count: Int { records.count - head }
    }

    private let factor: Double
    private var lanes: [Lane]
    private var anchor: (moment: Duration, time: Int64)?

    package init(factor: Double, lanes: Int) {
        self.factor = factor
        self.lanes = Array(repeating: Lane(), count: lanes)
    }

    package var isEmpty: Bool { lanes.allSatisfy { $0.count == 0 } }

    package func count(in lane: Int) -> Int { lanes[lane].count }

    package mutating func append(_ record: Held, to lane: Int) { lanes[lane].records.append(record) }

    package mutating func close(_ lane: Int) { lanes[lane].isClosed = true }

    /// The record that is due at `moment` (any clock that only moves on) and has waited longest, with its lane.
    package mutating func next(at moment: Duration) -> (lane: Int, record: Held)? {
        guard let lane = earliest, let record = lanes[lane].first else { return nil }
        guard let due = due(of: record, at: moment), due <= moment else { return nil }
        lanes[lane].head += 1
        if lanes[lane].head > 1024 {
            lanes[lane].records.removeFirst(lanes[lane].head)
            lanes[lane].head = 0
        }
        return (lane, record)
    }

    /// How long it is until a record is due; nil when none is known.
    package mutating func wait(at moment: Duration) -> Duration? {
        guard let lane = earliest, let record = lanes[lane].first, let due = due(of: record, at: moment) else {
            return nil
        }
        return max(due - moment, .zero)
    }

    private var earliest: Int? {
        lanes.indices.filter { lanes[$0].count > 0 }.min { time(of: lanes[$0].first) < time(of: lanes[$1].first) }
    }

    private func time(of record: Held?) -> Int64 { record?.timestamp?.milliseconds ?? Int64.min }

    /// The clock starts once the first record of every lane is known: one that is fetched late is not to be late.
    private mutating func due(of record: Held, at moment: Duration) -> Duration? {
        if anchor == nil {
            guard lanes.allSatisfy({ $0.count > 0 || $0.isClosed }) else { return nil }
            guard let first = lanes.compactMap({ $0.first?.timestamp?.milliseconds }).min() else { return moment }
            anchor = (moment, first)
        }
        guard let anchor, let time = record.timestamp?.milliseconds, time > anchor.time else { return moment }
        return anchor.moment + .seconds(Double(time - anchor.time) / 1000 / factor)
    }
}
