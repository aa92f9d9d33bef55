import KappaCore
package import KappaKafka

/// Which dead letters have been sent back: a topic of its own, written in the transactions that send them.
///
/// A place in the dead letters would not do: one run sends those of one reason, the next one those of another.
package struct DeadLedger {

    package init() {}
    private struct Place: Hashable {
        var partition: Int32
        var offset: Int64
    }

    private var sent: [Place: UInt64] = [:]

    package static func topic(of dead: String) -> String { "\(dead).replayed" }

    package func holds(_ letter: DeadLetter) -> Bool {
        sent[Place(partition: letter.at.partition, offset: letter.offset)] == letter.digest
    }

    /// What is written beside a batch: `{"letters":[[partition,offset,"digest"],…]}`.
    package static func entry(_ letters: [DeadLetter]) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"letters\":[")
        for (index, letter) in letters.enumerated() {
            if index > 0 { writer.append(literal: ",") }
            writer.append(literal: "[")
            writer.append(decimal: Int64(letter.at.partition))
            writer.append(literal: ",")
            writer.append(decimal: letter.offset)
            writer.append(literal: ",")
            writer.append(quoted: String(letter.digest, radix: 16))
            writer.append(literal: "]")
        }
        writer.append(literal: "]}")
        return Array(writer.bytes)
    }

    package mutating func take(_ value: UnsafeRawBufferPointer?) {
        var buffer = JSONBuffer()
        buffer.load(value ?? UnsafeRawBufferPointer(start: nil, count: 0))
        guard let record = try? JSONValue(checking: buffer) else { return }
        var items = JSONItems(record.member("letters"))
        while let item = items.next() {
            guard let partition = Int32(item.member("0").text), let offset = Int64(item.member("1").text),
                let digest = UInt64(item.member("2").text, radix: 16)
            else { continue }
            sent[Place(partition: partition, offset: offset)] = digest
        }
    }

    package static func read(of dead: String, _ kafka: KafkaConfiguration, _ client: KafkaClient) throws -> DeadLedger {
        var ledger = DeadLedger()
        try TopicReading.all(of: topic(of: dead), kafka, client) { ledger.take($0.value) }
        return ledger
    }
}
