package import KappaCore
package import KappaKafka
package import KappaStreams

/// A record of the alarm topics, as far as people and their helpers need it.
package struct AlarmRecord: Sendable {
    /// The sensor's key, joined by bars: `BH-9483|piezometer`.
    package var sensor: String
    package var side: AlarmSide
    package var event: AlarmEvent
    package var level: String?
    /// The level before.
    package var from: String?
    package var severity: Int
    package var value: Double?
    package var limit: Double?
    package var unit: String?
    package var time: Timestamp
    package var since: Timestamp
    package var peak: Double?
    package var peakTime: Timestamp?
    package var tell: String?
    package var response: String?
    /// The record of the log that explains it: `monitoring[0]@123`.
    package var reading: String
    /// Where this record lies itself, which names the event for good.
    package var place: TopicPartition
    package var offset: Int64

    /// Which alarm it is of: the sensor's and the side's.
    package var name: String { "\(sensor)|\(side.rawValue)" }
    package var isRaised: Bool { severity > 0 }

    /// What an event is told apart by, wherever it is told.
    package var id: String { "\(place.topic)-\(place.partition)@\(offset)" }

    /// - Parameter time: the field of the event time.
    package init?(_ message: Message, time: String) {
        guard let key = message.key, let value = message.value else { return nil }
        self.init(key: key, value: value, time: time)
        (place, offset) = (TopicPartition(message.topic, message.partition), message.offset)
    }

    init?(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, time timeField: String) {
        var buffer = JSONBuffer()
        buffer.load(value)
        guard let record = try? JSONValue(checking: buffer), record.kind == .object else { return nil }
        func text(_ name: String) -> String? {
            let value = record.member(name)
            return value.kind == .string ? value.text : nil
        }
        func time(_ name: String) -> Timestamp? { text(name).flatMap { Timestamp(rfc3339: $0) } }
        guard let side = text("alarm").flatMap(AlarmSide.init), let event = text("event").flatMap(AlarmEvent.init),
            let severity = Int(record.member("severity").text), let at = time(timeField), let since = time("since"),
            let topic = text("reading_topic")
        else { return nil }
        let name = String(decoding: key, as: UTF8.self)
        guard name.hasSuffix("|\(side.rawValue)") else { return nil }
        sensor = String(name.dropLast(side.rawValue.count + 1))
        (self.side, self.event, self.severity, self.time, self.since) = (side, event, severity, at, since)
        (level, from, unit) = (text("level"), text("from"), text("unit"))
        (tell, response) = (text("tell"), text("response"))
        (self.value, limit) = (record.member("value").double, record.member("limit").double)
        (peak, peakTime) = (record.member("peak").double, time("peak_time"))
        reading = "\(topic)[\(record.member("reading_partition").text)]@\(record.member("reading_offset").text)"
        (place, offset) = (TopicPartition("", 0), -1)
    }
}
