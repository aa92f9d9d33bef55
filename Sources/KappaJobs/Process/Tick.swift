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
        var left: [TopicPartition: Int64] = [:]
        for (at, marks) in try client.watermarks(of: partitions) where marks.high > marks.low { left[at] = marks.high }
        guard !left.isEmpty else { return [:] }
        let consumer = try Consumer(TopicReading.quick(spec.kafka), group: nil, capacity: 1024)
        for topic in Set(left.keys.map(\.topic)) { _ = try consumer.client.partitions(of: topic) }
        try consumer.assign(left.keys.map { PartitionOffset($0, PartitionOffset.beginning) })
        var ticks: [TopicPartition: [Tick]] = [:]
        let deadline = ContinuousClock.now + .seconds(30)
        while !left.isEmpty {
            guard ContinuousClock.now < deadline else {
                throw ProcessFailure("the ticks in '\(spec.ticks)' could not be read in 30s", kind: .timedOut)
            }
            try consumer.poll(timeout: .milliseconds(100)) { event in
                switch event {
                case .record(let message):
                    if let tick = Tick(message.value) { ticks[tick.at, default: []].append(tick) }
                case .end(let at, let offset):
                    if offset >= left[at] ?? .max { left[at] = nil }
                case .trouble(let error):
                    if error.isFatal || error.kind != .unreachable && !error.isRetriable { throw error }
                }
            }
        }
        return ticks.mapValues { list in list.sorted { ($0.offset, $0.clock) < ($1.offset, $1.clock) } }
    }
}
