/// Compresses as zlib's streams are compressed (RFC 1950 and 1951): repetitions, in the fixed Huffman code.
///
/// Made for pictures with few colours, whose lines repeat themselves and the line above them: it looks for a repetition
/// one byte back, one line back, and where the same four bytes stood last.
struct Deflate {
    private static let longest = 258
    private static let furthest = 32_768

    private var output: [UInt8] = [0x78, 0x01]
    private var bits: UInt64 = 0
    private var bitCount: UInt64 = 0

    /// - Parameter stride: the length of a line.
    static func zlib(_ data: [UInt8], stride: Int) -> [UInt8] {
        var deflate = Deflate()
        // One last block, in the fixed code.
        deflate.put(0b011, 3)
        deflate.compress(data, stride)
        deflate.putSymbol(256)
        if deflate.bitCount > 0 { deflate.put(0, 8 - deflate.bitCount) }
        let sum = PNG.adler32(data)
        return deflate.output + [UInt8(sum >> 24), UInt8(sum >> 16 & 0xFF), UInt8(sum >> 8 & 0xFF), UInt8(sum & 0xFF)]
    }

    private mutating func compress(_ data: [UInt8], _ stride: Int) {
        var seen = [Int](repeating: -1, count: 1 << 15)
        var place = 0
        while place < data.count {
            var best = (length: 0, distance: 0)
            func look(_ distance: Int) {
                guard distance > 0, distance <= place, distance <= Deflate.furthest else { return }
                let length = Deflate.match(data, place, distance)
                if length > best.length { best = (length, distance) }
            }
            look(1)
            look(stride)
            if place + 4 <= data.count {
                let hash = Deflate.hash(data, place)
                if seen[hash] >= 0 { look(place - seen[hash]) }
                seen[hash] = place
            }
            if best.length >= 4 {
                putMatch(best.length, best.distance)
                place += best.length
            } else {
                putSymbol(Int(data[place]))
                place += 1
            }
        }
    }

    private static func hash(_ data: [UInt8], _ place: Int) -> Int {
        var word: UInt32 = 0
        for index in 0..<4 { word = word << 8 | UInt32(data[place + index]) }
        return Int((word &* 2_654_435_761) >> 17)
    }

    private static func match(_ data: [UInt8], _ place: Int, _ distance: Int) -> Int {
        let most = min(longest, data.count - place)
        var length = 0
        while length < most, data[place + length] == data[place + length - distance] { length += 1 }
        return length
    }

    // MARK: The code

    private mutating func put(_ value: UInt64, _ count: UInt64) {
        bits |= value << bitCount
        bitCount += count
        while bitCount >= 8 {
            output.append(UInt8(bits & 0xFF))
            bits >>= 8
            bitCount -= 8
        }
    }

    /// Huffman codes go from their highest bit to their lowest.
    private mutating func putCode(_ code: Int, _ count: Int) {
        var reversed = 0
        for index in 0..<count where code >> index & 1 == 1 { reversed |= 1 << (count - 1 - index) }
        put(UInt64(reversed), UInt64(count))
    }

    /// The fixed code of RFC 1951, 3.2.6.
    private mutating func putSymbol(_ symbol: Int) {
        switch symbol {
        case 0...143: putCode(0x30 + symbol, 8)
        case 144...255: putCode(0x190 + symbol - 144, 9)
        case 256...279: putCode(symbol - 256, 7)
        default: putCode(0xC0 + symbol - 280, 8)
        }
    }

    /// Where the ranges of lengths and of distances begin, each with so many bits more.
    private static let lengths: [(base: Int, bits: Int)] = ranges(from: 3, first: 4, count: 28) + [(258, 0)]
    private static let distances: [(base: Int, bits: Int)] = ranges(from: 1, first: 2, count: 30)

    /// `first` ranges twice without bits, then `first` with each number of bits.
    private static func ranges(from start: Int, first: Int, count: Int) -> [(base: Int, bits: Int)] {
        var (base, ranges) = (start, [(base: Int, bits: Int)]())
        for index in 0..<count {
            let bits = max(0, index / first - 1)
            ranges.append((base, bits))
            base += 1 << bits
        }
        return ranges
    }

    private mutating func putMatch(_ length: Int, _ distance: Int) {
        let kind = Deflate.lengths.lastIndex { $0.base <= length } ?? 0
        putSymbol(257 + kind)
        put(UInt64(length - Deflate.lengths[kind].base), UInt64(Deflate.lengths[kind].bits))
        let place = Deflate.distances.lastIndex { $0.base <= distance } ?? 0
        putCode(place, 5)
        put(UInt64(distance - Deflate.distances[place].base), UInt64(Deflate.distances[place].bits))
    }
}
