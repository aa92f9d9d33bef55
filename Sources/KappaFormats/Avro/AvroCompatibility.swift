/// Whether everything that one schema wrote can be read by another: the rules of Apache Avro's checker, which a
/// registry goes by. Names are compared without their namespaces, and the reader's aliases count.
package struct AvroCompatibility {
    private struct Pair: Hashable {
        var reader: Int
        var writer: Int
    }

    private let reader: AvroSchema
    private let writer: AvroSchema
    private var met: Set<Pair> = []
    private var problems: [String] = []
    /// Unions in unions' records may be tried in a great many ways.
    private var comparisons = 0
    private static let mostComparisons = 1_000_000

    /// What stands in the way, each with its place in the reader's schema; empty where nothing does.
    package static func problems(reader: AvroSchema, writer: AvroSchema) -> [String] {
        var check = AvroCompatibility(reader: reader, writer: writer)
        check.compare(reader.root, writer.root, at: "")
        return check.problems
    }

    private init(reader: AvroSchema, writer: AvroSchema) {
        self.reader = reader
        self.writer = writer
    }

    private mutating func report(_ place: String, _ words: String) {
        problems.append(place.isEmpty ? words : "\(place): \(words)")
    }

    private mutating func compare(_ to: Int, _ from: Int, at place: String) {
        // Types that hold themselves are compared once.
        guard met.insert(Pair(reader: to, writer: from)).inserted, problems.count < 100 else { return }
        comparisons += 1
        guard comparisons < AvroCompatibility.mostComparisons else {
            return report(place, "the two schemas are too large to be compared")
        }
        let (wanted, given) = (reader.types[to], writer.types[from])
        if given.kind == .union {
            for branch in given.branches { compare(to, branch, at: place) }
        } else if wanted.kind == .union {
            var isRead = false
            for branch in wanted.branches where !isRead { isRead = fits(branch, from) }
            if !isRead {
                let labels = wanted.branches.map { reader.types[$0].label }.joined(separator: ", ")
                report(place, "\(given.label) was written, and none of \(labels) reads it")
            }
        } else if wanted.kind == given.kind {
            compare(same: wanted, given, at: place)
        } else if !AvroCompatibility.promotes(given.kind, wanted.kind) {
            report(place, "\(given.label) was written, and \(wanted.label) does not read it")
        }
    }

    private mutating func fits(_ to: Int, _ from: Int) -> Bool {
        var trial = AvroCompatibility(reader: reader, writer: writer)
        (trial.met, trial.comparisons) = (met, comparisons)
        trial.compare(to, from, at: "")
        comparisons = trial.comparisons
        return trial.problems.isEmpty
    }

    private static func promotes(_ from: AvroType.Kind, _ to: AvroType.Kind) -> Bool {
        switch (from, to) {
        case (.int, .long), (.int, .float), (.int, .double), (.long, .float), (.long, .double), (.float, .double),
            (.bytes, .string), (.string, .bytes):
            true
        default: false
        }
    }

    private mutating func compare(same wanted: AvroType, _ given: AvroType, at place: String) {
        if wanted.kind.isNamed, wanted.name.short != given.name.short,
            !wanted.aliases.contains(where: { $0.short == given.name.short })
        {
            return report(place, "\(given.label) was written, and \(wanted.label) has no alias for that name")
        }
        switch wanted.kind {
        case .fixed where wanted.size != given.size:
            report(place, "\(given.label) was written with \(given.size) bytes, not \(wanted.size)")
        case .enumeration:
            let missing = given.symbols.filter { !wanted.symbols.contains($0) }
            guard !missing.isEmpty, wanted.symbolDefault == nil else { return }
            report(place, "the enum \(wanted.label) has no default and lacks \(missing.joined(separator: ", "))")
        case .array: compare(wanted.element, given.element, at: "\(place)[]")
        case .map: compare(wanted.element, given.element, at: "\(place){}")
        case .record:
            for field in wanted.fields {
                let inner = place.isEmpty ? field.name : "\(place).\(field.name)"
                if let found = given.fields.first(where: { $0.name == field.name })
                    ?? given.fields.first(where: { field.aliases.contains($0.name) })
                {
                    compare(field.type, found.type, at: inner)
                } else if field.fallback == nil {
                    report(inner, "the field was not written and has no default")
                }
            }
        default: break
        }
    }
}
