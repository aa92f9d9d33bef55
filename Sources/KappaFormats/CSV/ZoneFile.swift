import Glibc

/// When a zone's clock was put forward or back, from the machine's own list: the "TZif" files of RFC 8536.
struct ZoneFile: Sendable {
    private var moments: [Int] = []
    /// The offset from each of the moments on.
    private var offsets: [Int] = []
    private var first = 0
    /// What holds after the last of them.
    private var rest: ZoneRule?

    init?(path: String) {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        guard count > 44, count < bytes.count else { return nil }
        self.init(Array(bytes[..<count]))
    }

    init?(_ bytes: [UInt8]) {
        func number(_ at: Int, _ width: Int) -> Int? {
            guard at >= 0, at + width <= bytes.count else { return nil }
            let value = bytes[at..<(at + width)].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            return width == 4 ? Int(Int32(truncatingIfNeeded: value)) : Int(Int64(bitPattern: value))
        }
        /// The six counts of the header at a place: of leap seconds, times, types and letters those that matter.
        func counts(_ at: Int) -> [Int]? {
            guard bytes.count >= at + 44, bytes[at..<(at + 4)].elementsEqual("TZif".utf8) else { return nil }
            let found = (0..<6).compactMap { number(at + 20 + $0 * 4, 4) }
            return found.allSatisfy { (0...100_000).contains($0) } ? found : nil
        }
        // The first block, of 32 bits, is for old readers.
        guard let old = counts(0), bytes[4] >= UInt8(ascii: "2") else { return nil }
        let start = 44 + old[3] * 5 + old[4] * 6 + old[5] + old[2] * 8 + old[1] + old[0]
        guard let new = counts(start) else { return nil }
        let (times, types) = (start + 44, start + 44 + new[3] * 9)
        let kinds = (0..<new[4]).compactMap { number(types + $0 * 6, 4) }
        guard kinds.count == new[4], let standard = kinds.first else { return nil }
        first = standard
        for index in 0..<new[3] {
            guard let moment = number(times + index * 8, 8), let kind = number(times + new[3] * 8 + index - 3, 4),
                kinds.indices.contains(kind & 0xFF)
            else { return nil }
            moments.append(moment)
            offsets.append(kinds[kind & 0xFF])
        }
        let footer = types + new[4] * 6 + new[5] + new[2] * 12 + new[1] + new[0]
        guard footer < bytes.count else { return }
        rest = ZoneRule(String(decoding: bytes[footer...].filter { $0 != 10 }, as: UTF8.self))
    }

    func offset(at moment: Int) -> Int {
        guard let last = moments.last, moment < last else { return rest?.offset(at: moment) ?? offsets.last ?? first }
        var (low, high) = (0, moments.count)
        while low < high {
            let middle = (low + high) / 2
            if moments[middle] <= moment { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }
}
