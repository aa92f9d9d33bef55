import KappaWire

/// A topic: its identity, its settings and its partitions.
final class Topic {
    let name: String
    let id: TopicId
    var settings: TopicSettings
    var partitions: [Partition]

    init(name: String, id: TopicId, settings: TopicSettings, partitions: [Partition] = []) {
        self.name = name
        self.id = id
        self.settings = settings
        self.partitions = partitions
    }

    var isInternal: Bool { Topic.isInternal(name) }

    /// Topics of the broker's own: clients may read them, and nothing else.
    static func isInternal(_ name: String) -> Bool { name == offsets || name == transactions }

    /// Kafka's own names for what the broker keeps in logs of its own.
    static let offsets = "__consumer_offsets"
    static let transactions = "__transaction_state"

    /// Kafka's rule for names: 1 to 249 of these characters, and not a folder that means something else.
    static func isValidName(_ name: String) -> Bool {
        guard (1...249).contains(name.utf8.count), name != ".", name != ".." else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

/// A topic's identity, so that one recreated under the same name is known to be another.
struct TopicId: Hashable {
    var word: String

    init(word: String) { self.word = word }

    /// As the protocol writes it.
    var wire: WireUUID { WireUUID(hexadecimal: word) ?? WireUUID() }

    static func random() -> TopicId {
        var word = ""
        for _ in 0..<2 {
            let part = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            word += String(repeating: "0", count: 16 - part.count) + part
        }
        return TopicId(word: word)
    }
}
