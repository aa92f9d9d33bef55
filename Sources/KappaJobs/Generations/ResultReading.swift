import KappaCore
import KappaKafka

/// Reads the results of a generation, one or several partitions of a topic at a time, up to the ends they have.
///
/// A processor closes windows in the order of their ends, so the results come in blocks of one end, and a block is all
/// that has to be in memory.
final class ResultReading {
    /// Results that do not come in the order of their windows' ends, such as corrections.
    struct Unordered: Error {}

    private let generation: Generation
    private let client: KafkaClient
    private let tail: TopicTail
    /// Up to which end windows count, by the partition of the result; nil where all of them do.
    private let limit: @Sendable (Int32) -> Int64?
    /// Windows that begin before it do not count: one of the two never saw them whole.
    private let from: Int64
    /// Hears of each record that was read.
    var onRecord: (() -> Void)?
    private(set) var beyond: Int64 = 0
    private(set) var unreadable: Int64 = 0

    private let keyPaths: [FieldPath]
    /// Where the time of a result stands that is no window's.
    private let moment: FieldPath?
    private let value: String
    private let valuePath: FieldPath?
    private var buffer = JSONBuffer()
    private var schemas = SeenSchemas()
    /// The numbers of the results beside the value.
    private var names: [String] = []
    /// The stable name, and the topic that is read.
    private var topic = ""
    private var name = ""
    /// What was read and not yet given, and the place of the first one in it.
    private var pending: [WindowResult] = []
    private var head = 0
    private var lastEnd = Int64.min

    /// What waits in the client is memory and no speed.
    private static let bounds = [
        ("queued.min.messages", "20000"), ("queued.max.messages.kbytes", "8192"),
        ("fetch.message.max.bytes", "1048576"),
    ]

    init(
        _ generation: Generation, _ kafka: KafkaConfiguration, _ client: KafkaClient, from: Int64,
        limit: @escaping @Sendable (Int32) -> Int64?
    ) throws {
        self.generation = generation
        self.client = client
        self.from = from
        self.limit = limit
        tail = try TopicTail(TopicTail.quick(kafka).defaulting(ResultReading.bounds))
        moment = generation.moment.flatMap { FieldPath($0) }
        let isOfAlarms = moment != nil
        keyPaths = (generation.key + (isOfAlarms ? ["alarm", "event"] : [])).compactMap { FieldPath($0) }
        value = isOfAlarms ? "value" : generation.value
        valuePath = FieldPath(value)
        names = ResultReading.numbers(of: .standard, but: value)
    }

    /// From here on the results of these partitions come, of the topic at a place among the outputs.
    func begin(_ output: Int, partitions: [Int32]) throws {
        (topic, name) = (generation.outputs[output], generation.topics[output])
        pending.removeAll(keepingCapacity: true)
        (head, lastEnd) = (0, .min)
        let wanted = try client.partitions(of: name).filter { partitions.contains($0.partition) }
        try tail.begin(
            client.watermarks(of: wanted).map { TopicTail.Span($0.key, from: $0.value.low, end: $0.value.high) })
    }

    /// All results of the next window's end; nil after the last one.
    func next() throws -> [WindowResult]? {
        var block: [WindowResult] = []
        while true {
            while head < pending.count {
                let result = pending[head]
                if let first = block.first, result.end > first.end { return block }
                guard result.end > lastEnd || result.end == block.first?.end else { throw Unordered() }
                lastEnd = result.end
                block.append(result)
                head += 1
            }
            pending.removeAll(keepingCapacity: true)
            head = 0
            guard !tail.isDone else { return block.isEmpty ? nil : block }
            try fill()
        }
    }

    /// All there is, in whatever order.
    func all() throws -> [WindowResult] {
        while !tail.isDone { try fill() }
        return pending
    }

    private func fill() throws {
        try tail.read { event in
            if case .record(let message, _) = event { take(message) }
        }
    }

    private static func numbers(of schema: ResultSchema, but value: String) -> [String] {
        schema.fields.filter { ($0.kind == .number || $0.kind == .whole) && $0.name != value }.map(\.name)
    }

    private func take(_ message: Message) {
        onRecord?()
        guard let bytes = message.value else { return }
        if let words = schemas.takeNew(of: message), let schema = ResultSchema(text: words) {
            names = ResultReading.numbers(of: schema, but: value)
        }
        buffer.load(bytes)
        guard let record = try? JSONValue(checking: buffer), let (start, end) = span(of: record) else {
            return unreadable += 1
        }
        if start < from { return beyond += 1 }
        if let limit = limit(message.partition), end > limit { return beyond += 1 }
        pending.append(
            WindowResult(
                topic: topic, key: keyPaths.map { $0.find(in: record).text }.joined(separator: "|"),
                start: start, end: end, number: valuePath?.find(in: record).double,
                digest: moment == nil ? ResultReading.digest(bytes) : ResultReading.digest(ofAlarm: record),
                place: WindowResult.place(message.partition, message.offset),
                isWithdrawn: record.member("withdrawn").kind == .true, names: names,
                numbers: names.map { record.member($0).double ?? .nan }))
    }

    private func span(of record: JSONValue) -> (start: Int64, end: Int64)? {
        if let moment {
            return Timestamp(rfc3339: moment.find(in: record).text).map { ($0.milliseconds, $0.milliseconds) }
        }
        guard let start = Timestamp(rfc3339: record.member("window_start").text),
            let end = Timestamp(rfc3339: record.member("window_end").text)
        else { return nil }
        return (start.milliseconds, end.milliseconds)
    }

    /// All but where the reading lies: a generation's keyed topic is its own.
    private static func digest(ofAlarm record: JSONValue) -> UInt64 {
        var fingerprint = Fingerprint()
        for name in [
            "level", "from", "severity", "value", "limit", "unit", "since", "peak", "peak_time", "tell", "response",
        ] {
            fingerprint.add(record.member(name).raw)
            fingerprint.add(0 as UInt8)
        }
        return fingerprint.value
    }

    /// Goes back to what was counted before a partition is read once more.
    func restore(_ counts: (beyond: Int64, unreadable: Int64)) { (beyond, unreadable) = counts }

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var fingerprint = Fingerprint()
        fingerprint.add(bytes)
        return fingerprint.value
    }
}
