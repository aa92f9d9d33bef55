import KappaCore
package import KappaKafka
import KappaRecords

/// Gathers the records of a partition until they make a file.
package struct ChunkBuilder: ~Copyable {
    private let topic: String
    private let partition: Int32
    private var writer = ByteWriter(capacity: 1 << 20)
    private var lastLine = 0
    private var firstOffset: Int64 = 0
    package private(set) var lastOffset: Int64 = -1
    private var (firstTime, lastTime) = (Int64.max, Int64.min)
    package private(set) var records: Int64 = 0

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    package var bytes: Int { writer.count }

    package mutating func append(_ message: Message) {
        if records == 0 { firstOffset = message.offset }
        lastLine = writer.count
        RecordJSON.write(message, topic: topic, into: &writer)
        writer.append(UInt8(ascii: "\n"))
        lastOffset = message.offset
        records += 1
        guard let time = message.timestamp?.milliseconds else { return }
        (firstTime, lastTime) = (min(firstTime, time), max(lastTime, time))
    }

    /// The file's bytes and its entry in the index; the builder is empty afterwards.
    package mutating func finish(next: Int64) throws -> (bytes: [UInt8], chunk: ArchiveIndex.Chunk) {
        guard let file = Zstandard.compress(writer.bytes) else {
            throw JobFailure("\(topic)[\(partition)]: no memory to compress \(writer.count) bytes")
        }
        let chunk = ArchiveIndex.Chunk(
            file: ArchiveIndex.Chunk.fileName(partition: partition, offset: firstOffset), partition: partition,
            firstOffset: firstOffset, nextOffset: next, lastOffset: lastOffset, records: records,
            bytes: Int64(writer.count), storedBytes: Int64(file.count), firstTime: firstTime == .max ? -1 : firstTime,
            lastTime: lastTime == .min ? -1 : lastTime, sha256: SHA256.hex(file),
            lastDigest: ChunkBuilder.digest(writer.bytes(lastLine..<writer.count)))
        writer.removeAll()
        records = 0
        (firstTime, lastTime) = (Int64.max, Int64.min)
        return (file, chunk)
    }

    package static func digest(_ message: Message, topic: String) -> String {
        var writer = ByteWriter()
        RecordJSON.write(message, topic: topic, into: &writer)
        writer.append(UInt8(ascii: "\n"))
        return digest(writer.bytes)
    }

    private static func digest(_ line: UnsafeRawBufferPointer) -> String { SHA256.hex(line) }
}
