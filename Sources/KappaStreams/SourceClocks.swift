/// The clocks of all sources; the windows go by the one that is furthest behind.
///
/// They travel in a commit's metadata, which Kafka bounds (4,096 bytes). So of many sources only those that are
/// furthest behind are written, which decide what closes next, and of the others a time that all of them have passed:
/// their marks, sent again from time to time, say the rest. A clock that is believed too early closes a window later,
/// and never with other readings in it.
struct SourceClocks {
    private var clocks: [Int64]
    private(set) var latestReading = PartitionTask.noClock
    /// The largest clock that was ever known of any source.
    private var leading = PartitionTask.noClock

    /// So many sources are written one by one: a clock takes fourteen bytes, or twenty with its source's number.
    static let mostWritten = 40

    init(count: Int) { clocks = Array(repeating: PartitionTask.noClock, count: count) }

    var slowest: Int64 { clocks.min() ?? PartitionTask.noClock }
    var fastest: Int64 { max(leading, clocks.max() ?? PartitionTask.noClock) }

    func clock(of source: Int) -> Int64 { clocks[source] }

    mutating func hear(_ mark: ClockMark) {
        guard clocks.indices.contains(Int(mark.source)) else { return }
        clocks[Int(mark.source)] = max(clocks[Int(mark.source)], mark.clock)
        latestReading = max(latestReading, mark.latestReading)
    }

    /// `clock,clock,…`, or for many sources `*count,others,latest,source:clock,…`.
    var words: String {
        guard clocks.count > SourceClocks.mostWritten else {
            return clocks.map { PartitionTask.word($0) }.joined(separator: ",")
        }
        let order = clocks.indices.sorted { (clocks[$0], $0) < (clocks[$1], $1) }
        let others = order[SourceClocks.mostWritten...].first.map { clocks[$0] } ?? PartitionTask.noClock
        let written = order[..<SourceClocks.mostWritten].filter { clocks[$0] != others }
        let head = ["*\(clocks.count)", PartitionTask.word(others), PartitionTask.word(fastest)]
        return (head + written.map { "\($0):\(PartitionTask.word(clocks[$0]))" }).joined(separator: ",")
    }

    /// The slowest of the clocks that are told; nil for words that are none, or of more sources than there are. Sources
    /// that were added since have no clock yet.
    mutating func restore(_ words: String) -> Int64? {
        guard let told = words.hasPrefix("*") ? SourceClocks.abridged(words.dropFirst()) : SourceClocks.whole(words),
            told.clocks.count <= clocks.count
        else { return nil }
        let added = clocks.count - told.clocks.count
        clocks = told.clocks + Array(repeating: PartitionTask.noClock, count: added)
        (leading, latestReading) = (told.latest, told.latest)
        return told.clocks.min()
    }

    private static func whole(_ words: String) -> (clocks: [Int64], latest: Int64)? {
        let parts = words.split(separator: ",")
        let read = parts.compactMap { PartitionTask.clock($0) }
        guard read.count == parts.count, let latest = read.max() else { return nil }
        return (read, latest)
    }

    private static func abridged(_ words: Substring) -> (clocks: [Int64], latest: Int64)? {
        let parts = words.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count >= 3, let count = Int(parts[0]), count > 0, count <= 1 << 20,
            let others = PartitionTask.clock(parts[1]), let latest = PartitionTask.clock(parts[2])
        else { return nil }
        var clocks = Array(repeating: others, count: count)
        for part in parts.dropFirst(3) {
            let pair = part.split(separator: ":")
            guard pair.count == 2, let source = Int(pair[0]), clocks.indices.contains(source),
                let clock = PartitionTask.clock(pair[1])
            else { return nil }
            clocks[source] = clock
        }
        return (clocks, latest)
    }
}
