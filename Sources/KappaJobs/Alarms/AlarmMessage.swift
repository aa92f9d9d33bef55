package import KappaCore
import KappaStreams

/// What is told to somebody in one go: some events, or what still stands.
package struct AlarmMessage: Sendable {
    package enum Kind: String, Sendable {
        case events
        /// What stands, and nobody has acknowledged.
        case reminder
    }

    package var kind: Kind
    /// The same for the same message, however often it is sent: a receiver drops repeats by it.
    package var key: String
    package var events: [AlarmRecord]

    package init(_ kind: Kind, to target: String, _ events: [AlarmRecord], about time: Timestamp? = nil) {
        self.kind = kind
        self.events = events
        let words = [kind.rawValue, target, time?.rfc3339 ?? ""] + events.map(\.id)
        key = String(SHA256.hex(Array(words.joined(separator: "\n").utf8)).prefix(32))
    }

    /// One line that says the worst of it.
    package var subject: String {
        let worst = events.max { ($0.severity, $1.time) < ($1.severity, $0.time) }
        guard let worst else { return "no alarms" }
        let others = events.count > 1 ? ", and \(events.count - 1) more" : ""
        return (kind == .reminder ? "Still open: " : "") + line(worst) + others
    }

    /// Lines for people.
    package var text: String {
        var lines = kind == .reminder ? ["These alarms stand, and nobody has acknowledged them:", ""] : []
        for event in events {
            lines.append("\(event.time)  \(line(event))")
            if let response = event.response, event.isRaised { lines.append("    \(response)") }
        }
        lines += ["", "Message \(key)"]
        return lines.map { ForeignText.line($0) }.joined(separator: "\n") + "\n"
    }

    private func line(_ event: AlarmRecord) -> String {
        let unit = event.unit.map { " \($0)" } ?? ""
        let level = (event.level ?? event.from).map { "\($0) " } ?? ""
        let silent = kind == .reminder ? "overdue " : ""
        let what = event.side == .overdue ? silent : "\(level)\(event.side.rawValue) "
        let value = event.value.map { " at \($0)\(unit)" } ?? ""
        let limit = event.limit.map { " (limit \($0)\(unit))" } ?? ""
        guard kind == .events else { return "\(event.sensor): \(what)since \(event.since)\(value)\(limit)" }
        return "\(event.sensor): \(what)\(event.event.rawValue)\(value)\(limit)"
    }

    /// For programs.
    package var json: [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"version\":1,\"kind\":")
        writer.append(quoted: kind.rawValue)
        writer.append(literal: ",\"key\":")
        writer.append(quoted: key)
        writer.append(literal: ",\"subject\":")
        writer.append(quoted: subject)
        writer.append(literal: ",\"events\":[")
        for (index, event) in events.enumerated() {
            if index > 0 { writer.append(literal: ",") }
            event.append(to: &writer)
        }
        writer.append(literal: "]}")
        return Array(writer.bytes)
    }
}

extension AlarmRecord {
    fileprivate func append(to writer: inout ByteWriter) {
        var isFirst = true
        func name(_ name: StaticString) {
            writer.append(isFirst ? UInt8(ascii: "{") : UInt8(ascii: ","))
            isFirst = false
            writer.append(literal: name)
        }
        func put(_ field: StaticString, _ text: String?) {
            guard let text else { return }
            name(field)
            writer.append(quoted: text)
        }
        func put(_ field: StaticString, _ number: Double?) {
            guard let number else { return }
            name(field)
            writer.append(number: number)
        }
        put("\"id\":", id)
        put("\"sensor\":", sensor)
        put("\"alarm\":", side.rawValue)
        put("\"event\":", event.rawValue)
        put("\"level\":", level)
        put("\"from\":", from)
        name("\"severity\":")
        writer.append(decimal: Int64(severity))
        put("\"value\":", value)
        put("\"limit\":", limit)
        put("\"unit\":", unit)
        put("\"time\":", time.rfc3339)
        put("\"since\":", since.rfc3339)
        put("\"peak\":", peak)
        put("\"tell\":", tell)
        put("\"response\":", response)
        put("\"reading\":", reading)
        writer.append(literal: "}")
    }
}
