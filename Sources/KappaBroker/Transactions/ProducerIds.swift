/// Gives out producer ids that were never given out before, across restarts and crashes.
///
/// A block is reserved on disk before its first id is used; what a crash leaves of a block is never used.
struct ProducerIds {
    static let fileName = "producer-ids"
    static let blockSize: Int64 = 1000
    /// Ids from here on are never given out. One that is found in a log was made up by its writer, and does not use up
    /// all that lie below it.
    static let end: Int64 = 1 << 62

    private let file: SummedFile
    private var next: Int64
    private var reservedEnd: Int64

    init(directory: String) throws(BrokerError) {
        file = SummedFile(ProducerIds.fileName, in: directory)
        let start = try ProducerIds.read(file)
        next = start
        reservedEnd = start
    }

    /// The first id that the file knows as unused.
    static func read(_ file: SummedFile) throws(BrokerError) -> Int64 {
        guard let text = try file.read(), !text.isEmpty else { return 0 }
        guard let start = Int64(text.split(separator: "\n").first ?? ""), (0..<end).contains(start) else {
            throw BrokerError(
                "\(file.path) does not hold a number from 0 to \(end - 1)",
                hint: "Write the first unused producer id into it.")
        }
        return start
    }

    /// Whether some producer has been given this id.
    func wasGivenOut(_ id: Int64) -> Bool { (0..<next).contains(id) }

    mutating func take() throws(BrokerError) -> Int64 {
        if next == reservedEnd {
            guard next < ProducerIds.end - ProducerIds.blockSize else {
                throw BrokerError("\(file.path): all producer ids have been given out")
            }
            try file.write("\(next + ProducerIds.blockSize)\n")
            reservedEnd = next + ProducerIds.blockSize
        }
        defer { next += 1 }
        return next
    }

    /// Moves beyond an id found in a log, should the file be older than the log.
    mutating func exclude(_ id: Int64) {
        guard id >= next, id < ProducerIds.end else { return }
        next = id + 1
        reservedEnd = next
    }
}
