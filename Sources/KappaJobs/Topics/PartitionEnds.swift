package import KappaCore
package import KappaKafka

/// Where each partition starts and ends for this run: bounds resolved to offsets when a partition is taken.
package struct PartitionEnds {
    package let range: OffsetRange
    /// End at the ends that the partitions have now.
    package let stopsAtEnd: Bool
    package let client: KafkaClient

    package init(range: OffsetRange, stopsAtEnd: Bool, client: KafkaClient) {
        self.range = range
        self.stopsAtEnd = stopsAtEnd
        self.client = client
    }

    package struct Span {
        package var start: Int64
        /// The first offset that is not wanted any more; nil goes on for ever.
        package var end: Int64?
        /// Where the log ends now.
        package var high: Int64
        /// Where the start had to be moved to what the log still holds.
        package var note: String?
    }

    package func span(of at: TopicPartition, isGrouped: Bool) throws -> Span {
        let marks = try client.watermarks(at)
        var span = Span(start: PartitionOffset.stored, end: nil, high: marks.high)
        if let start = try resolve(range.start ?? (isGrouped ? .stored : .beginning), in: at, marks) {
            span.start = start
            if start != PartitionOffset.stored, start < marks.low {
                span.note = "\(at): offset \(start) is gone, the log starts at \(marks.low)"
                span.start = marks.low
            } else if start > marks.high {
                span.note = "\(at): offset \(start) is not there yet, the log ends at \(marks.high)"
                span.start = marks.high
            }
        }
        if let end = range.end { span.end = try resolve(end, in: at, marks) }
        if stopsAtEnd { span.end = min(span.end ?? marks.high, marks.high) }
        return span
    }

    private func resolve(
        _ bound: OffsetRange.Bound, in at: TopicPartition, _ marks: Watermarks
    ) throws -> Int64? {
        switch bound {
        case .beginning: return marks.low
        case .end: return marks.high
        case .stored: return PartitionOffset.stored
        case .offset(let offset): return offset
        case .afterBeginning(let count): return min(marks.low + count, marks.high)
        case .beforeEnd(let count): return max(marks.low, marks.high - count)
        case .time(let time):
            let found = try client.offsets(atOrAfter: time, in: [at]).first
            if let error = found?.error { throw error }
            guard let offset = found?.offset, offset >= 0 else { return marks.high }
            return offset
        }
    }
}
