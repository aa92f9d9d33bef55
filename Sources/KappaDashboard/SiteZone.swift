import Glibc

/// The zone in which the site reckons its days: one for the whole process, as the C library has it.
package struct SiteZone: Sendable {
    package let name: String

    /// nil where there is no such zone. Comes before any thread reads local times.
    package init?(_ name: String) {
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !name.contains("..") && !name.hasPrefix("/")
        guard name == "UTC" || (isPlain && access("/usr/share/zoneinfo/\(name)", R_OK) == 0) else { return nil }
        self.name = name
        setenv("TZ", name, 1)
        tzset()
    }

    /// What this machine is set to; UTC where that has no name.
    package static var ofMachine: String {
        if let word = getenv("TZ").map({ String(cString: $0) }), word.contains("/") { return word }
        var path = [CChar](repeating: 0, count: 512)
        let count = readlink("/etc/localtime", &path, path.count - 1)
        guard count > 0 else { return "UTC" }
        let target = String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let place = target.firstRange(of: "zoneinfo/") else { return "UTC" }
        let name = String(target[place.upperBound...])
        return name == "Etc/UTC" ? "UTC" : name
    }

    private func parts(_ milliseconds: Int64) -> tm {
        var (seconds, parts) = (time_t(milliseconds / 1000), tm())
        localtime_r(&seconds, &parts)
        return parts
    }

    /// The first moments of the days that a range touches.
    func days(from: Int64, to: Int64) -> [Int64] {
        var day = parts(from)
        (day.tm_hour, day.tm_min, day.tm_sec, day.tm_isdst) = (0, 0, 0, -1)
        var found: [Int64] = []
        while true {
            var copy = day
            let start = Int64(mktime(&copy)) * 1000
            guard start < to, found.count < 1000 else { return found }
            found.append(start)
            day.tm_mday += 1
            day.tm_isdst = -1
        }
    }

    /// From the first moment of `2026-11-28` to that of the next day; nil where that is no day.
    package func day(_ word: String) -> (from: Int64, to: Int64)? {
        let numbers = word.split(separator: "-").compactMap { Int32($0) }
        guard word.utf8.count == 10, numbers.count == 3 else { return nil }
        var start = tm()
        (start.tm_year, start.tm_mon, start.tm_mday, start.tm_isdst) = (
            numbers[0] - 1900, numbers[1] - 1, numbers[2], -1
        )
        var end = start
        end.tm_mday += 1
        let (first, last) = (mktime(&start), mktime(&end))
        guard start.tm_mday == numbers[2], start.tm_mon == numbers[1] - 1 else { return nil }
        return (Int64(first) * 1000, Int64(last) * 1000)
    }

    /// `2026-11-28 14:30:05`.
    package func stamp(_ milliseconds: Int64) -> String {
        let p = parts(milliseconds)
        func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + String(value) }
        return
            "\(p.tm_year + 1900)-\(two(p.tm_mon + 1))-\(two(p.tm_mday)) \(two(p.tm_hour)):\(two(p.tm_min)):\(two(p.tm_sec))"
    }
}
