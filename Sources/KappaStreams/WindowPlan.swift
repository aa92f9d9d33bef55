package import KappaCore

/// A window job as it was asked for: which fields, which windows, which results.
package struct WindowPlan: Sendable {
    /// The version of the rules below; it is part of the fingerprint, so a change of meaning never continues old state.
    package static let rules = 1

    package var key: [FieldRule] = [FieldRule("borehole_number", .string), FieldRule("instrument", .string)]
    package var carry: [FieldRule] = [
        FieldRule("surface_level", .number), FieldRule("northing", .number), FieldRule("easting", .number),
        FieldRule("units", .any, isOptional: true),
    ]
    package var value = "reading"
    package var time = "timestamp"
    /// The field whose value names the output, if there is one; then only these values are taken.
    package var route: String? = "instrument"
    package var routes = StandardTopics.instruments
    /// An array field that makes a record a snapshot.
    package var items = "items"
    package var sizeMilliseconds: Int64 = 10_000
    /// The distance between the starts of windows; the size for windows that do not overlap.
    package var everyMilliseconds: Int64 = 10_000
    package var graceMilliseconds: Int64 = 10_000
    package var maxFutureMilliseconds: Int64 = 3_600_000
    package var aggregates: [Aggregate] = [.mean, .count, .min, .max, .sum]
    package var dedup: String?
    package var filters: [FieldPredicate] = []
    /// Makes the value that is worked on of the one that was read.
    package var calibration = Calibration()
    /// Dated calibrations, units and levels; what has no line in it is measured already.
    package var register = Register(key: [])
    /// The input's values are engineering values already: the register's calibrations are not applied again.
    package var isConverted = false
    /// The field that gives the temperature which some of the register's calibrations ask for.
    package var temperature = "temperature"

    /// Of a job of alarms.
    package var quiet: Quiet?

    package init() {}

    /// A job of alarms keeps nothing of a conversion, so where nothing is converted it need not look.
    package var convertsByRegister: Bool {
        !register.isEmpty && !isConverted && (quiet == nil || register.convertsAnything)
    }

    /// The carried field that tells the unit of a reading, which a conversion changes.
    static let unitField = "units"

    /// Everything that decides a result, in words; two plans with the same words give the same results.
    package var canonical: String {
        var parts: [(String, String)] = [
            ("rules", "\(WindowPlan.rules)"), ("key", list(key)), ("carry", list(carry)), ("value", value),
            ("time", time), ("route", route.map { "\($0) in \(routes.sorted().joined(separator: ","))" } ?? "-"),
            ("items", items), ("window", "\(sizeMilliseconds)"), ("every", "\(everyMilliseconds)"),
            ("grace", "\(graceMilliseconds)"), ("future", "\(maxFutureMilliseconds)"),
            ("agg", aggregates.map(\.rawValue).joined(separator: ",")), ("dedup", dedup ?? "-"),
            ("where", filters.map(\.description).joined(separator: " and ")),
        ]
        if filters.contains(where: \.ordersNumbers) { parts.append(("order", "of numbers alone")) }
        // A job that was begun without one goes on as it is.
        if !calibration.isEmpty { parts.append(("calibration", calibration.canonical)) }
        if !register.isEmpty {
            parts.append(("register", register.conversions))
            parts.append(("temperature", temperature))
        }
        return parts.map { "\($0.0)=\($0.1)" }.joined(separator: ";")
    }

    private func list(_ rules: [FieldRule]) -> String { rules.map(\.description).joined(separator: ",") }

    package var fingerprint: String { Fingerprint.of("window;\(canonical)") }

    /// The key fields that make up the record key of a result: all but the one that is the topic already.
    package var recordKey: [Int] {
        let kept = key.indices.filter { key[$0].name != route }
        return kept.isEmpty ? Array(key.indices) : kept
    }
}
