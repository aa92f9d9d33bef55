package import KappaCore
package import KappaFormats
package import KappaKafka

/// Which records are printed, and how.
package struct RecordPrinting {
    /// kappa's own record form; nil prints by the format.
    package var isJSON = false
    /// The caller's own form, in place of the format.
    package var form: ((Message, _ value: UnsafeRawBufferPointer?, _ topic: String, inout ByteWriter) -> Void)?
    package var format: RecordFormat
    /// What the value has to match.
    package var pattern: BytePattern?
    package var predicates: [FieldPredicate] = []
    /// What the values are written in; they are printed and looked into as JSON.
    package var payload = Payload.json

    package init(format: RecordFormat) { self.format = format }
}

/// Where printed records go: the caller's, who knows whether a terminal or a file is behind it.
package struct PrintedBytes {
    let write: (UnsafeRawBufferPointer) throws -> Void
    let flush: () throws -> Void
    /// Throws where nobody reads any more: while there is nothing to write, no write would tell.
    let check: () throws -> Void

    package init(
        write: @escaping (UnsafeRawBufferPointer) throws -> Void, flush: @escaping () throws -> Void,
        check: @escaping () throws -> Void
    ) {
        self.write = write
        self.flush = flush
        self.check = check
    }
}

/// Chooses and prints records; what is printed is kept until `flush`.
package final class RecordPrinter {
    private let output: PrintedBytes
    private var format: RecordFormat
    private let isJSON: Bool
    private let form: ((Message, _ value: UnsafeRawBufferPointer?, _ topic: String, inout ByteWriter) -> Void)?
    private let pattern: BytePattern?
    private var filter: RecordFilter
    private let isFiltered: Bool
    /// Nil where the values are printed as they are.
    private let reader: ForeignValues?
    private var writer = ByteWriter(capacity: 1 << 18)
    private var topics: [UnsafeRawPointer: String] = [:]
    private var latest: (identity: UnsafeRawPointer, name: String)?

    package init(_ printing: RecordPrinting, to output: PrintedBytes, voice: Voice = .silent) {
        self.output = output
        reader = ForeignValues(printing.payload, voice: voice)
        isJSON = printing.isJSON
        form = printing.form
        format = printing.format
        pattern = printing.pattern
        isFiltered = !printing.predicates.isEmpty
        filter = RecordFilter(printing.predicates)
    }

    func checkReader() throws { try output.check() }

    /// Prints the record if it passes; whether it did.
    func print(_ message: Message) throws -> Bool {
        let value = try reader?.text(of: message) ?? message.value
        guard passes(value) else { return false }
        write(message, value, into: &writer)
        if writer.count >= 1 << 17 { try flush() }
        return true
    }

    /// The same, for a line that is to wait for others.
    func keep(_ message: Message, in merge: inout TimeMerge) throws {
        let value = try reader?.text(of: message) ?? message.value
        guard passes(value) else { return }
        let start = merge.bytes.count
        write(message, value, into: &merge.bytes)
        merge.keep(message, from: start)
    }

    /// Prints lines that waited, at most so many; says how many they were.
    func print(_ merge: inout TimeMerge, most: Int) throws -> Int {
        let count = try merge.giveOut(most: most) { line in
            writer.append(line)
            if writer.count >= 1 << 17 { try flush() }
        }
        try flush()
        return count
    }

    private func passes(_ value: UnsafeRawBufferPointer?) -> Bool {
        if isFiltered {
            guard let value, filter.accepts(value) else { return false }
        }
        if let pattern {
            guard let value, pattern.matches(value) else { return false }
        }
        return true
    }

    private func write(_ message: Message, _ value: UnsafeRawBufferPointer?, into writer: inout ByteWriter) {
        if isJSON {
            RecordJSON.write(message, value: value, topic: name(of: message), into: &writer)
            writer.append(UInt8(ascii: "\n"))
        } else if let form {
            form(message, value, name(of: message), &writer)
        } else {
            format.write(message, value: value, topic: name(of: message), into: &writer)
        }
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
