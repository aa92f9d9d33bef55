import KappaCore
import KappaKafka

/// Records of several partitions in the order of their times, held as the lines that they are printed as.
struct TimeMerge: ~Copyable {
    /// Beyond this much they are not held any more, and what follows comes as it arrives.
    static let mostBytes = 32 << 20

    private struct Line {
        var time: Int64
        var partition: Int32
        var offset: Int64
        var bytes: Range<Int>
    }

    var bytes = ByteWriter(capacity: 1 << 14)
    private var lines: [Line] = []
    /// Of each partition that is still read, the end that it had at the start.
    private var open: [TopicPartition: Int64] = [:]
    private(set) var isOver = false

    /// - Parameter start: where the reading begins; a partition with nothing to read is not waited for.
    mutating func expect(_ at: TopicPartition, from start: Int64, to end: Int64) {
        if start < end { open[at] = end }
    }

    /// Takes what was written to `bytes` from `start` on as the line of this record.
    mutating func keep(_ message: Message, from start: Int) {
        lines.append(
            Line(
                time: message.timestamp?.milliseconds ?? .min, partition: message.partition, offset: message.offset,
                bytes: start..<bytes.count))
    }

    /// All before this offset has come.
    mutating func reached(_ at: TopicPartition, _ offset: Int64) {
        if let end = open[at], offset >= end { open[at] = nil }
    }

    mutating func forget(_ at: TopicPartition) { open[at] = nil }

    var isComplete: Bool { open.isEmpty }
    var isTooLarge: Bool { bytes.count > TimeMerge.mostBytes }

    /// Gives the lines in their order, at most `most`, and says how many they were.
    mutating func giveOut(most: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows -> Int {
        isOver = true
        lines.sort { ($0.time, $0.partition, $0.offset) < ($1.time, $1.partition, $1.offset) }
        let count = min(most, lines.count)
        for line in lines.prefix(count) { try body(bytes.bytes(line.bytes)) }
        lines = []
        bytes.removeAll()
        return count
    }
}
