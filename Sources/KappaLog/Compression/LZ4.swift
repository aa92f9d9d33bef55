/// LZ4's frame format. Its own checksums are not verified: the batch's covers the same bytes.
enum LZ4 {
    private static let magic: UInt32 = 0x184D_2204

    static func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        var output: [UInt8] = []
        var index = 0
        repeat {
            guard appendFrame(bytes, &index, to: &output, limit: limit) else { return nil }
        } while index < bytes.count
        return output
    }

    private static func appendFrame(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, to output: inout [UInt8], limit: Int
    ) -> Bool {
        guard littleEndian(bytes, &index) == magic, bytes.count - index >= 3 else { return false }
        let flags = bytes[index]
        guard flags >> 6 == 1 else { return false }
        index += 3 + (flags & 8 != 0 ? 8 : 0) + (flags & 1 != 0 ? 4 : 0)
        let start = output.count
        while let header = littleEndian(bytes, &index) {
            if header == 0 {
                index += flags & 4 != 0 ? 4 : 0
                return index <= bytes.count
            }
            let size = Int(header & 0x7FFF_FFFF)
            guard size <= bytes.count - index else { return false }
            let block = bytes.part(index..<index + size)
            index += size + (flags & 16 != 0 ? 4 : 0)
            if header >> 31 == 1 {
                guard block.count <= limit - output.count else { return false }
                output.append(contentsOf: block)
            } else if !appendBlock(block, to: &output, frameStart: start, limit: limit) {
                return false
            }
        }
        return false
    }

    private static func appendBlock(
        _ block: UnsafeRawBufferPointer, to output: inout [UInt8], frameStart: Int, limit: Int
    ) -> Bool {
        var index = 0
        while index < block.count {
            let token = block[index]
            index += 1
            guard let literals = length(Int(token >> 4), block, &index), literals <= block.count - index,
                literals <= limit - output.count
            else { return false }
            output.append(contentsOf: block[index..<index + literals])
            index += literals
            // The last sequence has literals only.
            if index == block.count { return true }
            guard block.count - index >= 2 else { return false }
            let offset = Int(block[index]) | Int(block[index + 1]) << 8
            index += 2
            guard let more = length(Int(token & 15), block, &index), offset > 0, offset <= output.count - frameStart,
                more + 4 <= limit - output.count
            else { return false }
            BackReference.append(length: more + 4, offset: offset, to: &output)
        }
        return true
    }

    /// A nibble of 15 goes on in further bytes, of which each 255 asks for another.
    private static func length(_ nibble: Int, _ block: UnsafeRawBufferPointer, _ index: inout Int) -> Int? {
        guard nibble == 15 else { return nibble }
        var length = 15
        while index < block.count {
            let byte = block[index]
            index += 1
            length += Int(byte)
            if byte < 255 { return length }
        }
        return nil
    }

    private static func littleEndian(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> UInt32? {
        guard index <= bytes.count - 4 else { return nil }
        defer { index += 4 }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
    }
}
