/// Snappy's block format, bare as librdkafka sends it or in the frames of the Java client's library.
package enum Snappy {
    private static let javaHeader: [UInt8] = [0x82, 0x53, 0x4E, 0x41, 0x50, 0x50, 0x59, 0]

    package static func decompress(_ bytes: UnsafeRawBufferPointer, into output: inout UnpackedBytes) -> Bool {
        guard let unpacked = decompress(bytes, limit: output.limit) else { return false }
        output.begin(expecting: unpacked.count)
        return unpacked.withUnsafeBytes { output.append($0) }
    }

    private static func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        guard bytes.count >= 16, bytes.prefix(8).elementsEqual(javaHeader) else {
            var output: [UInt8] = []
            return appendBlock(bytes, to: &output, limit: limit) ? output : nil
        }
        var output: [UInt8] = []
        var index = 16
        while index < bytes.count {
            guard bytes.count - index >= 4 else { return nil }
            let size = Int(bytes.bigEndian(at: index, as: UInt32.self))
            index += 4
            guard size <= bytes.count - index,
                appendBlock(bytes.part(index..<index + size), to: &output, limit: limit)
            else { return nil }
            index += size
        }
        return output
    }

    private static func appendBlock(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8], limit: Int) -> Bool {
        var header = VarintReader(bytes)
        guard let announced = header.unsigned(), announced <= UInt64(limit - output.count) else { return false }
        let start = output.count
        let end = start + Int(announced)
        // No block can expand further than this; so a lying length costs no memory.
        guard Int(announced) <= bytes.count * 64 + 64 else { return false }
        output.reserveCapacity(end)
        var index = header.index
        while index < bytes.count {
            let tag = bytes[index]
            index += 1
            guard let piece = element(tag, bytes, &index), output.count + piece.length <= end else { return false }
            if piece.offset == 0 {
                guard piece.length <= bytes.count - index else { return false }
                output.append(contentsOf: bytes[index..<index + piece.length])
                index += piece.length
            } else {
                guard piece.offset <= output.count - start else { return false }
                BackReference.append(length: piece.length, offset: piece.offset, to: &output)
            }
        }
        return output.count == end
    }

    /// A literal (offset 0) or a copy, after its tag.
    private static func element(
        _ tag: UInt8, _ bytes: UnsafeRawBufferPointer, _ index: inout Int
    ) -> (length: Int, offset: Int)? {
        let extra = [0, 1, 2, 4][Int(tag & 3)]
        let upper = Int(tag >> 2)
        if extra == 0 {
            guard upper >= 60 else { return (upper + 1, 0) }
            return littleEndian(bytes, &index, count: upper - 59).map { ($0 + 1, 0) }
        }
        guard let low = littleEndian(bytes, &index, count: extra) else { return nil }
        let offset = extra == 1 ? (upper >> 3) << 8 | low : low
        guard offset > 0 else { return nil }
        return (extra == 1 ? (upper & 7) + 4 : upper + 1, offset)
    }

    private static func littleEndian(_ bytes: UnsafeRawBufferPointer, _ index: inout Int, count: Int) -> Int? {
        guard count <= bytes.count - index else { return nil }
        var value = 0
        for place in 0..<count { value |= Int(bytes[index + place]) << (8 * place) }
        index += count
        return value
    }
}

/// A repetition of bytes already put out, which may overlap what it makes.
enum BackReference {
    static func append(length: Int, offset: Int, to output: inout [UInt8]) {
        let from = output.count - offset
        if offset >= length {
            output.append(contentsOf: output[from..<from + length])
        } else {
            for place in 0..<length { output.append(output[from + place]) }
        }
    }
}
