import KappaCore
import KappaRecords

/// A container file of Avro's: its schema in front, then blocks of values, compressed or not.
package struct AvroContainer {
    package enum Codec: String, Sendable, CaseIterable {
        case null, deflate, snappy
        case zstandard
    }

    static let magic: [UInt8] = [0x4F, 0x62, 0x6A, 1]
    static let markLength = 16

    package let schemaText: [UInt8]
    package let schema: AvroSchema
    package let codec: Codec
    /// The sixteen bytes behind every block.
    private let mark: [UInt8]
    private let body: ArraySlice<UInt8>
    private let bodyStart: Int

    /// Reads the header of a whole file.
    package init(_ file: [UInt8]) throws(AvroContainerError) {
        guard file.starts(with: AvroContainer.magic) else {
            throw AvroContainerError("it does not begin as an Avro container file does")
        }
        let header: (metadata: [String: [UInt8]], length: Int)
        do { header = try AvroContainer.metadata(file) } catch { throw AvroContainerError("its header: \(error)") }
        guard let text = header.metadata["avro.schema"] else { throw AvroContainerError("it has no schema") }
        schemaText = text
        do { schema = try AvroSchema(parsing: text) } catch { throw AvroContainerError("its schema: \(error)") }
        let word = header.metadata["avro.codec"].map { String(decoding: $0, as: UTF8.self) } ?? "null"
        guard let codec = Codec(rawValue: word) else {
            throw AvroContainerError("it is compressed as \(AvroPlanBuilder.quoted(word)), which is not known here")
        }
        self.codec = codec
        mark = Array(file[header.length..<header.length + AvroContainer.markLength])
        bodyStart = header.length + AvroContainer.markLength
        body = file[bodyStart...]
    }

    private static func metadata(_ file: [UInt8]) throws(AvroFault) -> (metadata: [String: [UInt8]], length: Int) {
        var metadata: [String: [UInt8]] = [:]
        var fault: AvroFault?
        let length = file.withUnsafeBytes { bytes in
            var cursor = AvroCursor(UnsafeRawBufferPointer(rebasing: bytes[magic.count...]))
            do {
                while case let count = try cursor.blockCount(), count > 0 {
                    for _ in 0..<count {
                        let name = String(decoding: try cursor.string(), as: UTF8.self)
                        metadata[name] = Array(try cursor.bytes())
                    }
                }
                guard cursor.remaining >= markLength else { throw AvroFault.endedEarly }
            } catch { fault = error as? AvroFault ?? .endedEarly }
            return bytes.count - cursor.remaining
        }
        if let fault { throw fault }
        return (metadata, length)
    }

    /// Calls `body` with each value's JSON as the plan writes it; blocks are opened one at a time.
    package func forEachJSON(
        _ plan: AvroPlan, limit: Int = UnpackedBytes.largest, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var writer = ByteWriter(capacity: 4096)
        try forEachBlock(limit: limit) { count, bytes throws in
            var place = 0
            // What takes no bytes may not be counted without end.
            guard count <= bytes.count * 64 + 10_000 else { throw AvroFault.tooMany }
            for _ in 0..<count {
                writer.removeAll()
                place += try plan.appendJSON(first: UnsafeRawBufferPointer(rebasing: bytes[place...]), to: &writer)
                try body(writer.bytes)
            }
            guard place == bytes.count else { throw AvroFault.trailingBytes }
        }
    }

    private func forEachBlock(limit: Int, _ body: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
        try self.body.withUnsafeBytes { file in
            var cursor = AvroCursor(file)
            var memory = UnpackedBytes(limit: limit)
            while cursor.remaining > 0 {
                let offset = bodyStart + file.count - cursor.remaining
                do {
                    let count = try cursor.long()
                    guard count >= 0 else { throw AvroFault.negativeLength }
                    let bytes = try cursor.bytes()
                    guard try cursor.take(AvroContainer.markLength).elementsEqual(mark) else {
                        throw AvroContainerError("its block does not end with the file's mark")
                    }
                    guard unpack(bytes, into: &memory) else {
                        throw AvroContainerError("its block does not decompress as \(codec.rawValue)")
                    }
                    try body(Int(count), memory.bytes)
                } catch let fault as AvroFault {
                    throw AvroContainerError("its block at byte \(offset): \(fault)")
                }
            }
        }
    }

    private func unpack(_ bytes: UnsafeRawBufferPointer, into memory: inout UnpackedBytes) -> Bool {
        switch codec {
        case .null: return memory.replace(with: bytes)
        case .deflate: return Deflate.decompress(bytes, into: &memory)
        case .zstandard: return Zstandard.decompress(bytes, into: &memory)
        case .snappy:
            // A checksum of what was compressed, big-endian, stands behind it.
            guard bytes.count >= 4 else { return false }
            let sum = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self))
            let packed = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 4)])
            return Snappy.decompress(packed, into: &memory) && Deflate.crc32(memory.bytes) == sum
        }
    }
}

package struct AvroContainerError: Error, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
