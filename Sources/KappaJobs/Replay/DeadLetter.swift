package import KappaCore
package import KappaKafka

/// A record that a job turned away, with what its headers say about it; it outlives its poll.
package struct DeadLetter {
    package var at: TopicPartition
    package var offset: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var timestamp: Timestamp?
    /// Those that the record had before it was turned away.
    var ownHeaders: [Header]
    package var reason: String?
    package var field: String?
    package var sourceTopic: String?
    package var sourcePartition: Int32?

    package init(_ message: Message, at: TopicPartition) {
        self.at = at
        offset = message.offset
        key = message.key.map(Array.init)
        value = message.value.map(Array.init)
        timestamp = message.timestamp
        let headers = message.headers
        ownHeaders = headers.filter { !$0.name.hasPrefix("kappa.") }
        func note(_ name: String) -> String? {
            headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
        }
        reason = note("kappa.reason")
        field = note("kappa.field")
        sourceTopic = note("kappa.topic")
        sourcePartition = note("kappa.partition").flatMap { Int32($0) }
    }

    /// The headers of the record when it is sent back: its own, and the trace of where it has been.
    package var returningHeaders: [Header] {
        ownHeaders + [
            Header("kappa.replayed.from", "\(at.topic)/\(at.partition)/\(offset)"),
            Header("kappa.replayed.reason", reason ?? ""),
        ]
    }

    /// Tells this letter from another one at the same place of a topic that was made anew.
    package var digest: UInt64 {
        var fingerprint = Fingerprint()
        withUnsafeBytes(of: (timestamp?.milliseconds ?? -1).littleEndian) { fingerprint.add($0) }
        for part in [key, value] {
            fingerprint.add(UInt8(part == nil ? 0 : 1))
            if let part { fingerprint.add(part) }
        }
        return fingerprint.value
    }
}
