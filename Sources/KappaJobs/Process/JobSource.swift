import KappaCore
import KappaFormats
import KappaKafka
package import KappaRecords
import KappaStreams

/// The record that something came of, whoever read it; borrowed.
struct JobSource {
    private enum Origin {
        case message(Message)
        case record(Record)
    }

    let record: SourceRecord
    private let origin: Origin

    init(_ message: Message) {
        record = SourceRecord(
            offset: message.offset, timestamp: message.timestamp?.milliseconds ?? 0, key: message.key,
            value: message.value)
        origin = .message(message)
    }

    init(_ record: Record) {
        self.record = SourceRecord(record)
        origin = .record(record)
    }

    /// The schema that a header names, as newer serializers write it.
    var schemaName: SchemaFraming.Reference? {
        switch origin {
        case .message(let message): return ForeignValues.reference(of: message)
        case .record(let record):
            var found: SchemaFraming.Reference?
            record.forEachHeader { name, value in
                guard let value, name.elementsEqual(SchemaFraming.valueHeader.utf8) else { return }
                found = SchemaFraming.reference(header: value)
            }
            return found
        }
    }

    /// Copied.
    var headers: [Header] {
        switch origin {
        case .message(let message): return message.headers
        case .record(let record):
            var headers: [Header] = []
            record.forEachHeader { name, value in
                headers.append(Header(name: String(decoding: name, as: UTF8.self), value: value.map(Array.init)))
            }
            return headers
        }
    }
}

extension SourceRecord {
    package init(_ record: Record) {
        self.init(offset: record.offset, timestamp: record.timestamp, key: record.key, value: record.value)
    }
}
