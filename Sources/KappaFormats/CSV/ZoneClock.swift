import Glibc

/// The clock on the wall of one place, to tell which moment a time without a zone means.
package final class ZoneClock: Sendable {
    package static let utc = ZoneClock { _ in 0 }

    /// Seconds east of UTC at a moment.
    private let offset: @Sendable (Int) -> Int

    private init(offset: @escaping @Sendable (Int) -> Int) { self.offset = offset }

    /// `UTC`, `+01:00` or the name of a zone that this machine knows, `Europe/Zurich`; nil where there is none.
    package static func named(_ name: String) -> ZoneClock? {
        if name == "UTC" || name == "Z" { return utc }
        if let fixed = seconds(ofOffset: name) { return ZoneClock { _ in fixed } }
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !name.contains("..") && !name.hasPrefix("/")
        guard isPlain, let rules = ZoneFile(path: "/usr/share/zoneinfo/\(name)") else { return nil }
        return ZoneClock { rules.offset(at: $0) }
    }

    private static func seconds(ofOffset word: String) -> Int? {
        let bytes = Array(word.utf8)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let sign = [43: 1, 45: -1][bytes[0]],
            let hours = Int(word.dropFirst().prefix(2)), let minutes = Int(word.suffix(2)), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    /// Between the two civil seconds the clock was not put forward or back.
    func steadyOffset(_ first: Int, _ last: Int) -> Int? {
        // No zone is further than a day from UTC, and none is changed twice within three.
        let (before, after) = (offset(first - 86_400), offset(last + 86_400))
        return before == after ? before : nil
    }

    /// The moment that a civil time means. One that the clock showed twice is the earlier of the two; nil is one that
    /// it never showed.
    func moment(ofCivil civil: Int) -> Int? {
        let candidates = [offset(civil - 86_400), offset(civil + 86_400)].map { (civil - $0, $0) }
        return candidates.filter { offset($0.0) == $0.1 }.map(\.0).min()
    }
}
