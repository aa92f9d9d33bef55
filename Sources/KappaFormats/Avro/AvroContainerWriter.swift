package import KappaCore
import KappaRecords

/// Writes a container file: `begin`, then values, which are put out in blocks of some size, then `finish`.
package struct AvroContainerWriter: ~Copyable {
    private static let blockSize = 64 << 10

    private let codec: AvroContainer.Codec
    private let mark: [UInt8]
    private var block = ByteWriter(capacity: AvroContainerWriter.blockSize * 2)
    private var count: Int64 = 0
    /// What is ready to be written to the file; the caller takes it.
    package private(set) var output = ByteWriter(capacity: 4096)

    /// The mark is any sixteen bytes that do not stand in the data; nil where the codec cannot be written here.
    package init?(schema text: [UInt8], codec: AvroContainer.Codec, mark: [UInt8]) {
        guard mark.count == AvroContainer.markLength, codec != .snappy else { return nil }
        self.codec = codec
        self.mark = mark
        AvroContainer.magic.withUnsafeBytes { output.append($0) }
        output.append(zigzag: 2)
        output.append(sized: Array("avro.codec".utf8))
        output.append(sized: Array(codec.rawValue.utf8))
        output.append(sized: Array("avro.schema".utf8))
        output.append(sized: text)
        output.append(0 as UInt8)
        mark.withUnsafeBytes { output.append($0) }
    }

    /// Adds a value that is encoded already.
    package mutating func append(_ value: UnsafeRawBufferPointer) throws(AvroContainerError) {
        block.append(value)
        count += 1
        if block.count >= AvroContainerWriter.blockSize { try flush() }
    }

    /// Puts the last block out.
    package mutating func finish() throws(AvroContainerError) { try flush() }

    package mutating func removeOutput() { output.removeAll() }

    private mutating func flush() throws(AvroContainerError) {
        guard count > 0 else { return }
        let packed: [UInt8]? =
            switch codec {
            case .deflate: Deflate.compress(block.bytes)
            case .zstandard: Zstandard.compress(block.bytes)
            default: Array(block.bytes)
            }
        guard let packed else { throw AvroContainerError("there is no memory to compress a block") }
        output.append(zigzag: count)
        output.append(sized: packed)
        mark.withUnsafeBytes { output.append($0) }
        block.removeAll()
        count = 0
    }
}
