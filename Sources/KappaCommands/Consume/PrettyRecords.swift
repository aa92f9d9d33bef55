import KappaCore
import KappaKafka
import KappaTerminal

/// A record on one line, for people: its time, its key, its value with colours.
final class PrettyRecords {
    private let terminal: Terminal
    private let colours: JSONColours
    private let namesTopics: Bool
    private var buffer = JSONBuffer()

    /// - Parameter namesTopics: the records are of several topics.
    init(_ terminal: Terminal, namesTopics: Bool) {
        self.terminal = terminal
        self.namesTopics = namesTopics
        colours = JSONColours(terminal)
    }

    func write(
        _ message: Message, _ value: UnsafeRawBufferPointer?, topic: String, into writer: inout ByteWriter
    ) {
        // As long as every other time, so that what follows stands in a column.
        let time = message.timestamp?.rfc3339 ?? "-                       "
        writer.append(text: terminal.style(time, .dim))
        if namesTopics { writer.append(text: "  " + terminal.style(ForeignText.line(topic), .bold)) }
        writer.append(text: "  ")
        writer.append(text: message.key.map { terminal.style(PrettyRecords.line($0), .cyan) } ?? "-")
        writer.append(text: "  ")
        if let value {
            if JSONColours.isJSON(value, &buffer) {
                colours.append(value, to: &writer)
            } else {
                writer.append(text: PrettyRecords.line(value))
            }
        } else {
            writer.append(text: terminal.style("-", .dim))
        }
        writer.append(UInt8(ascii: "\n"))
    }

    private static func line(_ bytes: UnsafeRawBufferPointer) -> String { ForeignText.line(ForeignText.lines(bytes)) }
}
