package import KappaCore
package import KappaKafka

/// The earliest and the latest times near both ends of a range: of the records, and inside their values.
package struct RangeTimes {
    /// How many records at an end are looked at: their times need not be in order.
    private static let depth: Int64 = 500

    package let field: FieldPath
    package private(set) var log: ClosedRange<Int64>?
    package private(set) var event: ClosedRange<Int64>?

    package init(field: FieldPath) { self.field = field }

    package mutating func read(_ part: ReplayPlan.Part, _ kafka: KafkaConfiguration) throws {
        try read(part.at, from: part.next, to: min(part.next + RangeTimes.depth, part.end), kafka)
        try read(part.at, from: max(part.next, part.end - RangeTimes.depth), to: part.end, kafka)
    }

    mutating func readBeginning(
        _ at: TopicPartition, from: Int64, to end: Int64, _ kafka: KafkaConfiguration
    ) throws {
        try read(at, from: from, to: min(from + RangeTimes.depth, end), kafka)
    }

    private mutating func read(_ at: TopicPartition, from: Int64, to end: Int64, _ kafka: KafkaConfiguration) throws {
        let tail = try TopicTail(TopicTail.quick(kafka), capacity: 1000)
        try tail.begin([TopicTail.Span(at, from: from, end: end)])
        try tail.readToEnds { message, _ in take(message) }
    }

    private mutating func take(_ message: Message) {
        RangeTimes.widen(&log, message.timestamp)
        guard let value = message.value else { return }
        var buffer = JSONBuffer()
        buffer.load(value)
        guard let record = try? JSONValue(checking: buffer) else { return }
        RangeTimes.widen(&event, TimeShift.time(field.find(in: record)))
    }

    private static func widen(_ span: inout ClosedRange<Int64>?, _ time: Timestamp?) {
        guard let time = time?.milliseconds else { return }
        span = span.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
    }
}
