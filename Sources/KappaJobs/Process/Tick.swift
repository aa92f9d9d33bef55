import KappaCore
import KappaKafka

/// A clock that moved without a record: written so that a replay moves it at the same place.
struct Tick: Equatable {
    var at: TopicPartition
    /// The clock moved before the record of this offset.
    var offset: Int64
    var clock: Int64

    var key: String { "\(at.topic)/\(at.partition)" }

    var json: String {
        var writer = ByteWriter()
        writer.append(literal: "{\"topic\":")
        writer.append(quoted: at.topic)
        writer.append(literal: ",\"partition\":")
        writer.append(decimal: Int64(at.partition))
        writer.append(literal: ",\"offset\":")
        writer.append(decimal: offset)
        writer.append(literal: ",\"clock\":")
        writer.append(decimal: clock)
        writer.append(literal: ",\"time\":\"")
        writer.append(time: Timestamp(milliseconds: clock))
        writer.append(literal: "\"}")
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    init(at: TopicPartition, offset: Int64, clock: Int64) {
        self.at = at
        self.offset = offset
        self.clock = clock
    }

    init?(_ value: UnsafeRawBufferPointer?) {
        guard let value else { return nil }
        var buffer = JSONBuffer(capacity: 256)
        buffer.load(value)
        var reader = JSONFieldReader(fields: ["topic", "partition", "offset", "clock"])
        guard (try? reader.read(buffer)) == .object, let partition = Int32(reader[1].text),
            let offset = Int64(reader[2].text), let clock = Int64(reader[3].text)
        else { return nil }
        self.init(at: TopicPartition(reader[0].text, partition), offset: offset, clock: clock)
    }
}

/// Reads the recorded ticks of a job, from the beginning to the end of their topic.
enum TickLog {
    /// The ticks of the given partitions that lie at or after their positions, in order.
    static func read(_ spec: JobSpec, client: KafkaClient) throws -> [TopicPartition: [Tick]] {
        var partitions = try client.partitions(of: spec.ticks)
        if !spec.earlierTicks.isEmpty {
            let known = Set(try client.metadata().topics.map(\.name))
            for topic in spec.earlierTicks where known.contains(topic) {
                partitions += try client.partitions(of: topic)
            }
        }
        let tail = try TopicTail(TopicTail.quick(spec.kafka), capacity: 1024)
        try tail.begin(
            client.watermarks(of: partitions).map { TopicTail.Span($0.key, from: $0.value.low, end: $0.value.high) })
        var ticks: [TopicPartition: [Tick]] = [:]
        try tail.readToEnds { message, _ in
            if let tick = Tick(message.value) { ticks[tick.at, default: []].append(tick) }
        }
        return ticks.mapValues { list in list.sorted { ($0.offset, $0.clock) < ($1.offset, $1.clock) } }
    }
}
