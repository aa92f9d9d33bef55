import KappaCore
import KappaKafka
import KappaLog
import KappaStreams

/// The record that something came of, whoever read it; borrowed.
enum JobSource {
    case message(Message)
    case record(Record)

    var taken: SourceRecord {
        switch self {
        case .message(let message):
            SourceRecord(
                offset: message.offset, timestamp: message.timestamp?.milliseconds ?? 0, key: message.key,
                value: message.value)
        case .record(let record):
            SourceRecord(offset: record.offset, timestamp: record.timestamp, key: record.key, value: record.value)
        }
    }

    var offset: Int64 {
        switch self {
        case .message(let message): message.offset
        case .record(let record): record.offset
        }
    }

    var key: UnsafeRawBufferPointer? {
        switch self {
        case .message(let message): message.key
        case .record(let record): record.key
        }
    }

    var value: UnsafeRawBufferPointer? {
        switch self {
        case .message(let message): message.value
        case .record(let record): record.value
        }
    }

    /// Copied.
    var headers: [Header] {
        guard case .record(let record) = self else {
            guard case .message(let message) = self else { return [] }
            return message.headers
        }
        var headers: [Header] = []
        record.forEachHeader { name, value in
            headers.append(Header(name: String(decoding: name, as: UTF8.self), value: value.map(Array.init)))
        }
        return headers
    }
}
