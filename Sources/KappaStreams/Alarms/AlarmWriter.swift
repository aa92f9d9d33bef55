package import KappaCore

/// An alarm's event as a JSON record, and back: what the job wrote last of an alarm is what it goes on from.
struct AlarmWriter: ~Copyable {
    private let keyFields: [String]
    private let time: String
    /// The partition whose records explain the events.
    private let source: TopicPartition

    /// The record of an alarm that stands: compacted, the last event of each alarm.
    static let stateRoute = 0
    /// Every event.
    static let historyRoute = 1

    init(plan: WindowPlan, source: TopicPartition) {
        keyFields = plan.key.map(\.name)
        time = plan.time
        self.source = source
    }

    func append(
        _ happened: AlarmBook.Happened, key: UnsafeRawBufferPointer, rules: SensorRules, to emission: inout Emission
    ) {
        let start = emission.bytes.count
        appendRecordKey(key, happened.side, to: &emission.bytes)
        let middle = emission.bytes.count
        write(happened, key, rules, to: &emission.bytes)
        let end = emission.bytes.count
        for route in happened.event == .peak ? [Self.stateRoute] : [Self.stateRoute, Self.historyRoute] {
            emission.records.append(
                Emitted(
                    target: .result, route: route, key: start..<middle, value: middle..<end, isWholeRecord: false,
                    timestamp: happened.time, notes: []))
        }
    }

    /// The key's fields and what the alarm is about, joined by bars: `BH-9483|piezometer|above`.
    private func appendRecordKey(_ key: UnsafeRawBufferPointer, _ side: AlarmSide, to writer: inout ByteWriter) {
        var place = 0
        for _ in keyFields {
            writer.append(KeyText.part(of: key, at: &place).text)
            writer.append(literal: "|")
        }
        writer.append(text: side.rawValue)
    }

    private func write(
        _ happened: AlarmBook.Happened, _ key: UnsafeRawBufferPointer, _ rules: SensorRules,
        to writer: inout ByteWriter
    ) {
        writer.append(literal: "{")
        var place = 0
        for name in keyFields {
            writer.append(quoted: name)
            writer.append(literal: ":")
            let part = KeyText.part(of: key, at: &place)
            if part.isString { writer.append(quoted: part.text) } else { writer.append(part.text) }
            writer.append(literal: ",")
        }
        let levels = rules.levels(happened.side)
        writer.append(literal: "\"alarm\":")
        writer.append(quoted: happened.side.rawValue)
        writer.append(literal: ",\"event\":")
        writer.append(quoted: happened.event.rawValue)
        append(",\"level\":", AlarmWriter.name(happened.state.severity, levels), to: &writer)
        append(",\"from\":", AlarmWriter.name(happened.before, levels), to: &writer)
        writer.append(literal: ",\"severity\":")
        writer.append(decimal: Int64(happened.state.severity))
        append(",\"value\":", happened.value, to: &writer)
        append(",\"limit\":", limit(happened, levels), to: &writer)
        append(",\"unit\":", rules.unit, to: &writer)
        append(",", time, happened.time, to: &writer)
        append(",", "since", happened.state.since, to: &writer)
        if happened.side != .overdue {
            append(",\"peak\":", happened.state.peak, to: &writer)
            append(",", "peak_time", happened.state.peakTime, to: &writer)
        }
        append(",\"tell\":", rules.tell, to: &writer)
        append(",\"response\":", rules.response, to: &writer)
        append(",\"reading_topic\":", source.topic, to: &writer)
        writer.append(literal: ",\"reading_partition\":")
        writer.append(decimal: Int64(source.partition))
        writer.append(literal: ",\"reading_offset\":")
        writer.append(decimal: happened.state.offset)
        writer.append(literal: "}")
    }

    /// The limit that was passed: of the level now raised, or of the one that was left.
    private func limit(_ happened: AlarmBook.Happened, _ levels: [SensorRules.Level]) -> Double? {
        let severity = max(happened.state.severity, happened.before)
        return levels.first { $0.severity == severity }?.limit
    }

    private static func name(_ severity: Int, _ levels: [SensorRules.Level]) -> String? {
        guard severity > 0 else { return nil }
        return levels.first { $0.severity == severity }?.name
    }

    private func append(_ name: StaticString, _ value: Double?, to writer: inout ByteWriter) {
        writer.append(literal: name)
        if let value { writer.append(number: value) } else { writer.append(literal: "null") }
    }

    private func append(_ name: StaticString, _ text: String?, to writer: inout ByteWriter) {
        guard let text else { return }
        writer.append(literal: name)
        writer.append(quoted: text)
    }

    private func append(_ comma: StaticString, _ name: String, _ time: Int64, to writer: inout ByteWriter) {
        writer.append(literal: comma)
        writer.append(quoted: name)
        writer.append(literal: ":\"")
        writer.append(time: Timestamp(milliseconds: time))
        writer.append(literal: "\"")
    }
}

/// Reads the records of an alarm topic.
package struct AlarmReader: ~Copyable {
    private let keyCount: Int
    /// The partition whose records explain the event.
    package private(set) var place = TopicPartition("", 0)
    private var buffer = JSONBuffer()
    private var reader: JSONFieldReader
    private(set) var key = ByteWriter(capacity: 128)
    private(set) var side = AlarmSide.above
    private(set) var state = AlarmState()

    package init(plan: WindowPlan) {
        keyCount = plan.key.count
        reader = JSONFieldReader(
            fields: plan.key.map(\.name) + ["alarm", "severity", "since", "peak", "peak_time", "reading_offset"]
                + ["reading_topic", "reading_partition"])
    }

    package var offset: Int64 { state.offset }

    /// False for a record that is no alarm's.
    package mutating func read(_ value: UnsafeRawBufferPointer) -> Bool {
        buffer.load(value)
        guard (try? reader.read(buffer)) == .object, let side = AlarmSide(rawValue: reader[keyCount].text),
            let severity = Int(reader[keyCount + 1].text), let offset = Int64(reader[keyCount + 5].text),
            let partition = Int32(reader[keyCount + 7].text)
        else { return false }
        place = TopicPartition(reader[keyCount + 6].text, partition)
        key.removeAll()
        for index in 0..<keyCount {
            guard reader[index].kind == .string || reader[index].kind == .number else { return false }
            KeyText.append(reader[index], to: &key)
        }
        self.side = side
        state = AlarmState()
        state.severity = severity
        state.offset = offset
        state.since = Timestamp(rfc3339: reader[keyCount + 2].text)?.milliseconds ?? 0
        state.peak = reader[keyCount + 3].double ?? 0
        state.peakTime = Timestamp(rfc3339: reader[keyCount + 4].text)?.milliseconds ?? 0
        return true
    }
}
