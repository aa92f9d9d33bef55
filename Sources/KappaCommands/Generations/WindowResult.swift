import KappaCore
import KappaKafka

/// A result as a comparison needs it: which window it is, and what came out.
struct WindowResult {
    /// The topic's stable name, the key's fields and the window's bounds.
    var topic: String
    var key: String
    var start: Int64
    var end: Int64
    var number: Double?
    /// Of all bytes of the record's value (FNV-1a).
    var digest: UInt64
    /// The partition and offset that it was read from.
    var place: Int64
    /// A correction says that it is a result no more.
    var isWithdrawn = false

    static func place(_ partition: Int32, _ offset: Int64) -> Int64 { Int64(partition) << 44 | offset }

    static func order(_ left: WindowResult, _ right: WindowResult) -> Bool {
        (left.topic, left.end, left.start, left.key) < (right.topic, right.end, right.start, right.key)
    }

    func isSameWindow(as other: WindowResult) -> Bool {
        topic == other.topic && end == other.end && start == other.start && key == other.key
    }
}

/// Reads the results of a generation up to its topics' ends.
struct ResultReading {
    let kafka: KafkaConfiguration
    let client: KafkaClient
    /// Up to which end windows count, by the partition of the result; nil where all of them do.
    let limit: @Sendable (Int32) -> Int64?
    /// Windows that begin before it do not count: one of the two never saw them whole.
    let from: Int64
    private(set) var results: [WindowResult] = []
    private(set) var beyond: Int64 = 0
    private(set) var unreadable: Int64 = 0

    init(
        _ kafka: KafkaConfiguration, _ client: KafkaClient, from: Int64, limit: @escaping @Sendable (Int32) -> Int64?
    ) {
        self.kafka = kafka
        self.client = client
        self.from = from
        self.limit = limit
    }

    /// The results in the order of their windows; of several for one window the last one counts.
    mutating func read(_ generation: Generation) throws -> [WindowResult] {
        let paths = generation.key.compactMap { FieldPath($0) }
        let value = FieldPath(generation.value)
        var buffer = JSONBuffer()
        try TopicReading.all(of: generation.topics, kafka, client) { message, place in
            guard let bytes = message.value else { return }
            buffer.load(bytes)
            guard let record = try? JSONValue(checking: buffer),
                let start = Timestamp(rfc3339: record.member("window_start").text),
                let end = Timestamp(rfc3339: record.member("window_end").text)
            else { return unreadable += 1 }
            if start.milliseconds < from { return beyond += 1 }
            if let limit = limit(message.partition), end.milliseconds > limit { return beyond += 1 }
            results.append(
                WindowResult(
                    topic: generation.outputs[place],
                    key: paths.map { $0.find(in: record).text }.joined(separator: "|"),
                    start: start.milliseconds, end: end.milliseconds,
                    number: value?.find(in: record).double, digest: ResultReading.digest(bytes),
                    place: WindowResult.place(message.partition, message.offset),
                    isWithdrawn: record.member("withdrawn").kind == .true))
        }
        return sorted()
    }

    private func sorted() -> [WindowResult] {
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

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
