package import KappaCore
import KappaKafka

/// What somebody has done about an alarm: a record of `ALARMS.actions`, written once and for all.
///
/// It names the alarm it is about by when that was raised, and how severe it was then. So what it means does not depend
/// on the order in which this topic and the alarms' are read: an alarm that is raised anew, or that escalates, is not
/// acknowledged by what was said of it before.
package struct AlarmAction: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case acknowledged
        case shelved
        case unshelved
        /// The job goes on under another register.
        case register
    }

    package var kind: Kind
    /// The alarm's name, or the sensor's for all its alarms.
    package var name: String
    package var time: Timestamp
    package var by: String
    package var comment: String
    /// Of an acknowledgement: when the alarm was raised, and its severity.
    package var since: Timestamp?
    package var severity = 0
    /// Of a shelf: when it ends.
    package var until: Timestamp?

    package static func topic(of alarms: String) -> String { "\(alarms).actions" }

    package static let schema = ResultSchema(fields: [
        ResultField("alarm", .text, isRequired: true), ResultField("action", .text, isRequired: true),
        ResultField("timestamp", .time, isRequired: true, role: .time), ResultField("by", .text, column: "by_whom"),
        ResultField("comment", .text), ResultField("since", .time), ResultField("severity", .whole),
        ResultField("until", .time, column: "until_time"),
    ])

    package init(_ kind: Kind, of name: String, at time: Timestamp, by: String, comment: String) {
        (self.kind, self.name, self.time, self.by, self.comment) = (kind, name, time, by, comment)
    }

    package var json: [UInt8] {
        var writer = ByteWriter()
        func put(_ name: String, _ text: String?) {
            writer.append(quoted: name)
            writer.append(literal: ":")
            if let text { writer.append(quoted: text) } else { writer.append(literal: "null") }
            writer.append(literal: ",")
        }
        writer.append(literal: "{")
        put("alarm", name)
        put("action", kind.rawValue)
        put("timestamp", time.rfc3339)
        put("by", by)
        put("comment", comment)
        put("since", since?.rfc3339)
        put("until", until?.rfc3339)
        writer.append(literal: "\"severity\":")
        writer.append(decimal: Int64(severity))
        writer.append(literal: "}")
        return Array(writer.bytes)
    }

    package init?(_ value: UnsafeRawBufferPointer?) {
        guard let value else { return nil }
        var buffer = JSONBuffer()
        buffer.load(value)
        guard let record = try? JSONValue(checking: buffer), record.kind == .object,
            let kind = Kind(rawValue: record.member("action").text),
            let time = Timestamp(rfc3339: record.member("timestamp").text)
        else { return nil }
        func text(_ name: String) -> String {
            let value = record.member(name)
            return value.kind == .string ? value.text : ""
        }
        self.init(kind, of: text("alarm"), at: time, by: text("by"), comment: text("comment"))
        since = Timestamp(rfc3339: text("since"))
        until = Timestamp(rfc3339: text("until"))
        severity = Int(record.member("severity").text) ?? 0
    }
}
