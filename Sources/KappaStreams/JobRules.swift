import KappaCore

/// The options that decide a job's results, each with its value in words: kept beside a job's commits, so that another
/// run can be told what differs.
package struct JobRules: Equatable, Sendable {
    /// A broker takes 4096 bytes beside an offset by default; what does not fit is not kept.
    private static let longest = 2048

    /// Names as the command line has them, without the dashes.
    package private(set) var values: [(name: String, value: String)]

    package init(_ values: [(name: String, value: String)]) {
        self.values = values.map { ($0.name, JobRules.plain($0.value)) }
    }

    package init(words: String) {
        values = words.split(separator: ";").compactMap { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return sides.count == 2 ? (String(sides[0]), String(sides[1])) : nil
        }
    }

    package var words: String {
        let words = values.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        return words.utf8.count <= JobRules.longest ? words : ""
    }

    /// Such values are shown and compared, never read again as what they were.
    private static func plain(_ value: String) -> String {
        String(value.map { $0 == ";" || $0.isNewline ? " " : $0 })
    }

    /// A sentence for each option that has another value than in `earlier`: "--grace was 10s and is now 2s".
    package func differences(from earlier: JobRules) -> [String] {
        let before = Dictionary(earlier.values.map { ($0.name, $0.value) }) { $1 }
        let now = Dictionary(values.map { ($0.name, $0.value) }) { $1 }
        let names = values.map(\.name) + earlier.values.map(\.name).filter { now[$0] == nil }
        return names.compactMap { name in
            let (old, new) = (before[name] ?? "", now[name] ?? "")
            guard old != new else { return nil }
            return "--\(name) was \(JobRules.shown(old)) and is now \(JobRules.shown(new))"
        }
    }

    private static func shown(_ value: String) -> String {
        value.isEmpty ? "not given" : value.contains(" ") ? "'\(value)'" : value
    }

    package static func == (left: JobRules, right: JobRules) -> Bool { left.words == right.words }
}

extension WindowPlan {
    /// The options that the fingerprint is made of.
    package var rules: JobRules {
        func millis(_ count: Int64) -> String { Duration.milliseconds(count).word }
        func names(_ rules: [FieldRule]) -> String { rules.map(\.description).joined(separator: ",") }
        return JobRules([
            ("window", millis(sizeMilliseconds)),
            ("every", everyMilliseconds == sizeMilliseconds ? "" : millis(everyMilliseconds)),
            ("grace", millis(graceMilliseconds)), ("max-future", millis(maxFutureMilliseconds)),
            ("register", register.isEmpty ? "" : "file \(Fingerprint.of(register.conversions).prefix(8))"),
            ("calibration", calibration.isEmpty ? "" : "file \(Fingerprint.of(calibration.canonical).prefix(8))"),
            ("where", filters.map(\.description).joined(separator: " and ")), ("key", names(key)),
            ("value", value), ("time", time), ("carry", names(carry)), ("route", route ?? ""),
            ("output", route == nil ? "" : routes.sorted().joined(separator: ",")), ("items", items),
            ("agg", aggregates.map(\.rawValue).joined(separator: ",")), ("dedup", dedup ?? ""),
        ])
    }
}
