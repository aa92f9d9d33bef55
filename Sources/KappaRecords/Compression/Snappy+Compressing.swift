extension Snappy {
    /// One block of Snappy's format: literals, and copies of what came up to 64 KiB before, found by a hash of four
    /// bytes. Repetitions are looked for within fragments of 64 KiB, as the format's own library does it.
    package static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count / 2 + 16)
        var rest = UInt64(bytes.count)
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(rest))
        var table = [Int32](repeating: -1, count: 1 << hashBits)
        var start = 0
        while start < bytes.count {
            let end = min(start + 65_536, bytes.count)
            for index in table.indices { table[index] = -1 }
            compress(bytes, start..<end, &table, into: &output)
            start = end
        }
        return output
    }

    private static let hashBits = 13

    private static func compress(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ table: inout [Int32], into output: inout [UInt8]
    ) {
        var (literal, index) = (range.lowerBound, range.lowerBound)
        while index + 4 <= range.upperBound {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)
            let hash = Int((word &* 0x1E35_A7BD) >> UInt32(32 - hashBits))
            let candidate = Int(table[hash])
            table[hash] = Int32(index - range.lowerBound)
            let from = candidate + range.lowerBound
            guard candidate >= 0, bytes.loadUnaligned(fromByteOffset: from, as: UInt32.self) == word else {
                // The longer nothing repeats, the larger the steps.
                index += 1 + (index - literal) >> 5
                continue
            }
            var length = 4
            while index + length < range.upperBound, bytes[from + length] == bytes[index + length] { length += 1 }
            append(literal: bytes.part(literal..<index), to: &output)
            append(copyOf: length, from: index - from, to: &output)
            index += length
            literal = index
        }
        append(literal: bytes.part(literal..<range.upperBound), to: &output)
    }

    private static func append(literal bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let length = bytes.count - 1
        switch length {
        case 0..<60: output.append(UInt8(length << 2))
        case 60..<256: output += [60 << 2, UInt8(length)]
        default: output += [61 << 2, UInt8(length & 0xFF), UInt8(length >> 8)]
        }
        output.append(contentsOf: bytes)
    }

    /// Copies of 1 to 64 bytes with an offset in two bytes, which is all that a fragment needs.
    private static func append(copyOf length: Int, from offset: Int, to output: inout [UInt8]) {
        var left = length
        while left > 0 {
            let part = min(left, 64)
            output += [UInt8((part - 1) << 2 | 2), UInt8(offset & 0xFF), UInt8(offset >> 8)]
            left -= part
        }
    }
}
