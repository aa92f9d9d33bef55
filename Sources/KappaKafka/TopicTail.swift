package import KappaCore

/// Reads partitions that no group gives, from known places on: up to known ends, or without end.
///
/// There is one rule for trouble. What a healthy cluster does while it heals is ridden through; what it will not do is
/// thrown at once. A bounded read is given up when nothing has come for `patience`, or when no broker can be reached
/// for as long as a question may take; an endless one goes on, for something may come at any time. A stop ends
/// `readToEnds`, and every wait.
package final class TopicTail {
    /// What is read of one partition.
    package struct Span {
        package var at: TopicPartition
        package var from: Int64
        /// The first offset that is not wanted; nil reads on.
        package var end: Int64?

        package init(_ at: TopicPartition, from: Int64, end: Int64? = nil) {
            self.at = at
            self.from = from
            self.end = end
        }
    }

    package enum Event {
        case record(Message, TopicPartition)
        /// The end of a partition as it was just then: the offset is the next one to come.
        case end(TopicPartition, Int64)
    }

    package let consumer: Consumer
    private let patience: Duration
    private var spans: [Span] = []
    /// Which of the spans are still to be read, and how many of them have an end.
    private var isOpen: [Bool] = []
    private var openEnds = 0
    private var slots: [Slot: Int] = [:]
    private var latest: (slot: Slot, index: Int)?
    private var lastEvent = ContinuousClock.now

    private struct Slot: Hashable {
        var topic: UnsafeRawPointer
        var partition: Int32
    }

    package static let usualPatience: Duration = .seconds(30)

    /// - Parameters:
    ///   - kafka: its stop ends the reading.
    ///   - capacity: how many records come at most before there is a look at the clock and the stop.
    package init(
        _ kafka: KafkaConfiguration, patience: Duration = TopicTail.usualPatience, capacity: Int = 4096
    ) throws(KafkaError) {
        self.patience = patience
        consumer = try Consumer(kafka.withoutWriting, group: nil, capacity: capacity, isDirect: true)
    }

    /// For what has ends, and is to be told of them soon: a client hears of an end when a fetch comes back empty, and
    /// for that the broker is not to wait.
    package static func quick(_ kafka: KafkaConfiguration) -> KafkaConfiguration {
        kafka.defaulting([("fetch.wait.max.ms", "10")])
    }

    /// From here on these are read, and nothing else. What has nothing before its end is done at once.
    package func begin(_ wanted: [Span]) throws(KafkaError) {
        spans = wanted.filter { span in span.end.map { $0 > max(0, span.from) } ?? true }
        isOpen = spans.map { _ in true }
        openEnds = spans.count { $0.end != nil }
        slots.removeAll()
        latest = nil
        lastEvent = .now
        // A client that does not know a topic yet would take a second to find its leaders.
        for topic in Set(spans.map(\.at.topic)) { _ = try consumer.client.partitions(of: topic) }
        try consumer.assign(spans.map { PartitionOffset($0.at, $0.from) })
    }

    /// Whether everything that has an end has been read to it.
    package var isDone: Bool { openEnds == 0 }

    /// Reads all that has an end.
    package func readToEnds(_ body: (Message, TopicPartition) throws -> Void) throws {
        let stop = consumer.client.configuration.stop
        while !isDone {
            if stop.isRequested { throw KafkaError.stopped(stop) }
            try read { event in
                if case .record(let message, let at) = event { try body(message, at) }
            }
        }
    }

    /// Waits for something, and hands it over: records before their ends, and ends. How much there was.
    @discardableResult
    package func read(within wait: Duration = .milliseconds(100), _ body: (Event) throws -> Void) throws -> Int {
        let count = try consumer.poll(timeout: wait) { event in
            switch event {
            case .record(let message): try take(message, body)
            case .end(let at, let offset): try reachedEnd(at, offset, body)
            case .trouble(let error): if !error.passes { throw error }
            }
        }
        if count > 0 { lastEvent = .now } else if openEnds > 0 { try checkPatience() }
        return count
    }

    /// No more of the partition is wanted.
    package func leave(_ at: TopicPartition) {
        if let index = spans.firstIndex(where: { $0.at == at }) { close(index) }
    }

    private func checkPatience() throws(KafkaError) {
        if let gone = consumer.client.unreachable(for: consumer.client.configuration.timeout) { throw gone }
        guard lastEvent.duration(to: .now) >= patience else { return }
        let missing = zip(spans, isOpen).filter { $0.1 && $0.0.end != nil }.map { "\($0.0.at)" }
        throw KafkaError(
            code: KafkaError.timedOut, kind: .timedOut,
            message: "nothing came for \(patience.word) of \(missing.joined(separator: ", "))")
    }

    private func take(_ message: Message, _ body: (Event) throws -> Void) throws {
        guard let index = index(of: message), isOpen[index] else { return }
        // Batches come whole, and the last of them may begin before and end behind what is wanted.
        let offset = message.offset
        guard let end = spans[index].end else { return try body(.record(message, spans[index].at)) }
        if offset < end { try body(.record(message, spans[index].at)) }
        if offset + 1 >= end { close(index) }
    }

    private func reachedEnd(_ at: TopicPartition, _ offset: Int64, _ body: (Event) throws -> Void) throws {
        guard let index = spans.firstIndex(where: { $0.at == at }), isOpen[index] else { return }
        // Behind the last record there may be markers, or what compaction has taken.
        if let end = spans[index].end, offset >= end { close(index) }
        try body(.end(at, offset))
    }

    private func close(_ index: Int) {
        guard isOpen[index] else { return }
        isOpen[index] = false
        if spans[index].end != nil { openEnds -= 1 }
    }

    private func index(of message: Message) -> Int? {
        let slot = Slot(topic: message.topicIdentity, partition: message.partition)
        if let latest, latest.slot == slot { return latest.index }
        if slots[slot] == nil {
            let at = TopicPartition(message.topic, message.partition)
            // What was still under way of a reading before is none of this one.
            guard let found = spans.firstIndex(where: { $0.at == at }) else { return nil }
            slots[slot] = found
        }
        let index = slots[slot]!
        latest = (slot, index)
        return index
    }
}
