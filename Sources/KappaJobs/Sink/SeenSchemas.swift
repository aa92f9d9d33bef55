import Glibc
import KappaCore
import KappaKafka

/// What records said of their fields so far. The records of a stream say the same, so only their bytes are compared.
struct SeenSchemas {
    private static let most = 1000
    private var last: [UInt8]?
    private var known: Set<[UInt8]> = []
    private var told: Set<String> = []

    /// The words of the record's header, where they were not met before.
    mutating func takeNew(of message: Message) -> String? {
        var new: [UInt8]?
        message.forEachHeader { name, value in
            guard let value, name.elementsEqual(ResultSchema.header.utf8) else { return }
            if let last, last.count == value.count, value.elementsEqual(last) { return }
            new = Array(value)
        }
        guard let new else { return nil }
        last = new
        guard known.count < SeenSchemas.most, known.insert(new).inserted else { return nil }
        return String(decoding: new, as: UTF8.self)
    }

    /// Whether a name is spoken of for the first time.
    mutating func isFirst(_ name: String) -> Bool { told.count < SeenSchemas.most && told.insert(name).inserted }
}
