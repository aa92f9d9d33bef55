package import KappaCore
package import KappaKafka

/// What one replay of a topic covers: fixed when it first starts, and kept beside its committed places, so that a run
/// which goes on, and one which is repeated, mean the same records.
package struct ReplayPlan {
    package struct Part {
        package let at: TopicPartition
        /// The first record that is not yet written.
        package var next: Int64
        /// The first record that does not belong to the replay.
        package let end: Int64

        package init(at: TopicPartition, next: Int64, end: Int64) {
            self.at = at
            self.next = next
            self.end = end
        }

        package var isDone: Bool { next >= end }
    }

    /// Milliseconds that are added to the records' own times, and to those inside the values.
    package struct Shift: Equatable {
        package var log: Int64 = 0
        package var event: Int64 = 0

        package init(log: Int64 = 0, event: Int64 = 0) {
            self.log = log
            self.event = event
        }
    }

    package var parts: [Part]
    package let shift: Shift
    package let fingerprint: String

    package var isDone: Bool { parts.allSatisfy(\.isDone) }

    /// What is committed for a part.
    package func place(_ part: Part) -> PartitionOffset {
        PartitionOffset(part.at, part.next, metadata: "replay1;\(part.end);\(shift.log);\(shift.event);\(fingerprint)")
    }

    package init(parts: [Part], shift: Shift, fingerprint: String) {
        self.parts = parts
        self.shift = shift
        self.fingerprint = fingerprint
    }

    /// Reads a plan back; nil where nothing is committed.
    package init?(committed: [PartitionOffset]) throws {
        let places = committed.filter { $0.offset >= 0 }
        guard !places.isEmpty else { return nil }
        var parts: [Part] = []
        var (shift, fingerprint) = (Shift(), "")
        for place in places {
            let words = (place.metadata ?? "").split(separator: ";", omittingEmptySubsequences: false)
            let numbers = words.dropFirst().prefix(3).compactMap { Int64($0) }
            guard words.count == 5, words[0] == "replay1", numbers.count == 3 else {
                throw JobFailure(
                    "\(place.at): what is committed there is not a replay's", hint: "name another replay with --id")
            }
            (shift, fingerprint) = (Shift(log: numbers[1], event: numbers[2]), String(words[4]))
            parts.append(Part(at: place.at, next: place.offset, end: numbers[0]))
        }
        self.init(parts: parts.sorted { $0.at < $1.at }, shift: shift, fingerprint: fingerprint)
    }
}
