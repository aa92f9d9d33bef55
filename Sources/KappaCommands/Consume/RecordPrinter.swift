import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// Chooses and prints records; what is printed is kept until `flush`.
final class RecordPrinter {
    private let output: Output
    private var format: RecordFormat
    private let isJSON: Bool
    private let pattern: BytePattern?
    private var filter: RecordFilter
    private let isFiltered: Bool
    private var writer = ByteWriter(capacity: 1 << 18)
    private var topics: [UnsafeRawPointer: String] = [:]
    private var latest: (identity: UnsafeRawPointer, name: String)?

    init(_ context: CommandContext) throws {
        output = context.output
        isJSON = context[ConsumeOptions.json]
        format = try ConsumeOptions.recordFormat(context)
        format.isForTerminal = output.terminal.isTerminal
        pattern = context[ConsumeOptions.grep]
        let predicates = context[ConsumeOptions.predicates]
        isFiltered = !predicates.isEmpty
        filter = RecordFilter(predicates)
    }

    /// Prints the record if it passes; whether it did.
    func print(_ message: Message) throws -> Bool {
        if isFiltered {
            guard let value = message.value, filter.accepts(value) else { return false }
        }
        if let pattern {
            guard let value = message.value, pattern.matches(value) else { return false }
        }
        if isJSON {
            RecordJSON.write(message, topic: name(of: message), into: &writer)
            writer.append(UInt8(ascii: "\n"))
        } else {
            format.write(message, topic: name(of: message), into: &writer)
        }
        if writer.count >= 1 << 17 { try flush() }
        return true
    }

    func flush() throws {
        if writer.count > 0 {
            try output.write(writer.bytes)
            writer.removeAll()
        }
        try output.flush()
    }

    private func name(of message: Message) -> String {
        let identity = message.topicIdentity
        if let latest, latest.identity == identity { return latest.name }
        let name = topics[identity] ?? message.topic
        topics[identity] = name
        latest = (identity, name)
        return name
    }
}
