package import KappaCore

/// One record that a job wants written.
package struct Emitted {
    package enum Target: UInt8, Sendable {
        /// A result, for the output of its route.
        case result
        /// A record, or an item of one, that came after its window was closed.
        case late
        case dead
        /// A checked reading on its way to the partition of its key.
        case keyed
        /// A source's clock, for every partition of the keyed topic.
        case mark
    }

    package var target: Target
    package var route: Int
    /// Ranges of the emission's bytes. A late or dead record has the key of its source.
    package var key: Range<Int>
    package var value: Range<Int>
    /// The source's own value stands for itself, null or not; `value` is empty then.
    package var isWholeRecord: Bool
    package var timestamp: Int64
    /// The record goes out under its source's own key, null or not.
    package var hasSourceKey = false
    /// What is to be known about a late or dead record, as headers.
    package var notes: [Note]

    package struct Note: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// What a job gave out since the last `removeAll`, in order; the owner writes it and empties it.
package struct Emission: ~Copyable {
    package var bytes = ByteWriter(capacity: 4096)
    package var records: [Emitted] = []

    package init() {}

    package var isEmpty: Bool { records.isEmpty }

    package mutating func removeAll() {
        bytes.removeAll()
        records.removeAll(keepingCapacity: true)
    }

    package func key(at index: Int) -> UnsafeRawBufferPointer { bytes.bytes(records[index].key) }

    package func value(at index: Int) -> UnsafeRawBufferPointer { bytes.bytes(records[index].value) }

    package func key(of record: Emitted) -> UnsafeRawBufferPointer { bytes.bytes(record.key) }

    package func value(of record: Emitted) -> UnsafeRawBufferPointer { bytes.bytes(record.value) }

    /// A record that no task has seen, as a dead letter.
    package mutating func appendDead(_ record: SourceRecord, _ rejection: Rejection) {
        append(.dead, item: nil, timestamp: record.timestamp, notes: Notes.of(rejection, item: nil))
    }

    /// A late or dead record: an item's bytes as they came, or, without an item, the whole source.
    mutating func append(
        _ target: Emitted.Target, item: UnsafeRawBufferPointer?, timestamp: Int64, notes: [Emitted.Note]
    ) {
        let start = bytes.count
        if let item { bytes.append(item) }
        records.append(
            Emitted(
                target: target, route: 0, key: start..<start, value: start..<bytes.count, isWholeRecord: item == nil,
                timestamp: timestamp, notes: notes))
    }
}
