/// Gives out producer ids that were never given out before, across restarts and crashes.
///
/// A block is reserved on disk before its first id is used; what a crash leaves of a block is never used.
struct ProducerIds {
    static let blockSize: Int64 = 1000

    private let path: String
    private var next: Int64
    private var reservedEnd: Int64

    init(directory: String) throws(BrokerError) {
        path = "\(directory)/producer-ids"
        let text = try SmallFile.read(path)
        guard let start = text.map({ Int64($0.split(separator: "\n").first ?? "") }) ?? 0 else {
            throw BrokerError("\(path) does not hold a number", hint: "Write the first unused producer id into it.")
        }
        next = start
        reservedEnd = start
    }

    mutating func take() throws(BrokerError) -> Int64 {
        if next == reservedEnd {
            try SmallFile.write("\(next + ProducerIds.blockSize)\n", to: path)
            reservedEnd = next + ProducerIds.blockSize
        }
        defer { next += 1 }
        return next
    }

    /// Moves beyond an id found in a log, should the file be older than the log.
    mutating func exclude(_ id: Int64) {
        guard id >= next else { return }
        next = id + 1
        reservedEnd = next
    }
}
