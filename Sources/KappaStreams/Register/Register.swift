import KappaCore

/// The register of a site: for each sensor, or for all that fit a pattern, its unit, calibration, review levels and
/// what is to be done, each with the dates between which it holds. One CSV file, which a spreadsheet can edit.
///
/// Where several lines fit a sensor, each cell is taken from the most particular line that says something; so a line
/// `*,piezometer` gives what all piezometers share. `RegisterLineReader` decides what a cell means,
/// `RegisterMerge` how lines are put together.
package struct Register: Sendable {
    package let key: [String]
    private(set) var lines: [RegisterLine] = []
    private(set) var levelNames: [AlarmSide: [String]] = [:]
    /// Lines that name one sensor, by the bytes that stand for its key, and lines with patterns.
    private var exact: [[UInt8]: [Int]] = [:]
    private var patterns: [Int] = []

    /// One without lines: it converts nothing and raises nothing.
    package init(key: [String]) { self.key = key }

    package var isEmpty: Bool { lines.isEmpty }

    /// How many lines name one sensor, how many are patterns, and how many hold for a time only.
    package var figures: (sensors: Int, patterns: Int, dated: Int) {
        (exact.count, patterns.count, lines.count { $0.validFrom != .min || $0.validTo != .max })
    }

    /// How a level of any of the lines is called, the most severe last.
    package func levelNames(of side: AlarmSide) -> [String] { levelNames[side] ?? [] }

    /// The longest time after which a sensor that says nothing counts as overdue.
    package var longestOverdue: Int64? {
        lines.compactMap { if case .some(let time) = $0.overdueAfter { time } else { nil } }.max()
    }

    /// What holds for a sensor from date to date, in order; the words of its key are those that a record would have.
    package func spans(of words: [String], _ rules: [FieldRule]) -> [SensorRules] {
        let found = Register.bytes(SensorPattern(words: words), rules).withUnsafeBytes { lines(for: $0) }
        return RegisterMerge.spans(found.map { lines[$0] }, levelNames)
    }

    /// Whether any line, of whatever dates, is for a sensor.
    package func hasLine(for words: [String], _ rules: [FieldRule]) -> Bool {
        !Register.bytes(SensorPattern(words: words), rules).withUnsafeBytes { lines(for: $0) }.isEmpty
    }

    /// A register without a fault, or the first of its faults.
    package init(text: String, key rules: [FieldRule]) throws(RegisterProblem) {
        var problems: [RegisterProblem] = []
        self.init(text: text, key: rules, problems: &problems)
        if let first = problems.first { throw first }
    }

    /// Every fault of a register, in the order of its lines.
    package static func problems(in text: String, key rules: [FieldRule]) -> [RegisterProblem] {
        var problems: [RegisterProblem] = []
        _ = Register(text: text, key: rules, problems: &problems)
        return problems
    }

    private init(text: String, key rules: [FieldRule], problems: inout [RegisterProblem]) {
        key = rules.map(\.name)
        do throws(RegisterProblem) {
            try read(text, rules, &problems)
            checkValidity(&problems)
            checkLevels(&problems)
        } catch {
            problems.append(error)
        }
        problems.sort { ($0.line ?? 0) < ($1.line ?? 0) }
    }

    /// Throws what makes the rest unreadable: a header that is none, a quotation mark without its end.
    private mutating func read(
        _ text: String, _ rules: [FieldRule], _ problems: inout [RegisterProblem]
    ) throws(RegisterProblem) {
        var reader = RegisterText(text)
        var rows = try reader.rows()
        guard !rows.isEmpty else {
            let example = key.joined(separator: ",") + ",unit,alert_above"
            throw RegisterProblem(line: nil, "it is empty: the first line names the columns, such as \(example)")
        }
        let columns = try RegisterColumns(header: rows.removeFirst(), key: key)
        levelNames = columns.levels
        for row in rows {
            let cells = RegisterLineReader(row: row, columns: columns, hasDecimalComma: reader.hasDecimalComma)
            if let line = cells.line(keyCount: key.count, &problems) { add(line, rules) }
        }
    }

    private mutating func add(_ line: RegisterLine, _ rules: [FieldRule]) {
        let index = lines.count
        lines.append(line)
        guard line.pattern.isExact else { return patterns.append(index) }
        exact[Register.bytes(line.pattern, rules), default: []].append(index)
    }

    private static func bytes(_ pattern: SensorPattern, _ rules: [FieldRule]) -> [UInt8] {
        var key = ByteWriter()
        for (word, rule) in zip(pattern.words, rules) {
            KeyText.append(text: word, isString: rule.kind != .number, to: &key)
        }
        return Array(key.bytes)
    }

    /// The lines that fit a key, the most particular first.
    func lines(for key: UnsafeRawBufferPointer) -> [Int] {
        let named = exact[Array(key)] ?? []
        let fitting = patterns.filter { lines[$0].pattern.fits(key) }
        return (named + fitting).sorted { left, right in
            let (one, other) = (lines[left].pattern.rank, lines[right].pattern.rank)
            return one == other ? left > right : other.lexicographicallyPrecedes(one)
        }
    }

    /// The same whatever the order of lines, columns and comments is.
    package var canonical: String { words { "\($0)" } }

    /// What decides a value and its unit, without the levels: a job that only converts goes on when a level changes.
    package var conversions: String {
        words { rules in
            rules.conversion.isIdentity && rules.unit == nil
                ? nil : "\(rules.validFrom) \(rules.validTo) \(rules.conversion) \(rules.unit ?? "-")"
        }
    }

    package var convertsAnything: Bool {
        lines.contains { line in
            !RegisterMerge.rules([line], levelNames, from: line.validFrom, to: line.validTo).conversion.isIdentity
        }
    }

    private func words(_ describe: (SensorRules) -> String?) -> String {
        lines.compactMap { line in
            let rules = RegisterMerge.rules([line], levelNames, from: line.validFrom, to: line.validTo)
            return describe(rules).map { "\(line.pattern):\($0)" }
        }.sorted().joined(separator: "\n")
    }
}

// MARK: Checks

extension Register {
    private func checkValidity(_ problems: inout [RegisterProblem]) {
        var byPattern: [SensorPattern: [RegisterLine]] = [:]
        for line in lines {
            for other in byPattern[line.pattern] ?? [] where line.overlaps(other) {
                let dated = line.validFrom != .min || line.validTo != .max || other.validFrom != .min
                let message =
                    dated
                    ? "is valid at the same time as in line \(other.number): end one before the other begins"
                    : "stands in line \(other.number) already: give both of them dates, or take one away"
                problems.append(RegisterProblem(line: line.number, "'\(line.pattern)' \(message)"))
                break
            }
            byPattern[line.pattern, default: []].append(line)
        }
    }

    /// The levels of each line, put together with what the patterns add to it, are in order.
    private func checkLevels(_ problems: inout [RegisterProblem]) {
        for line in lines {
            let others = patterns.map { lines[$0] }
                .filter { $0.number != line.number && covers($0.pattern, line.pattern) }
                .sorted { $1.pattern.rank.lexicographicallyPrecedes($0.pattern.rank) }
            let merged = RegisterMerge.spans([line] + others, levelNames)
            let own = merged.filter { $0.validFrom >= line.validFrom && $0.validTo <= line.validTo }
            if let fault = own.lazy.compactMap({ RegisterMerge.fault(in: $0) }).first {
                problems.append(RegisterProblem(line: line.number, fault))
            }
        }
    }

    /// Whether every sensor that the other pattern fits is fitted by this one; a star in the other is a letter like
    /// any.
    private func covers(_ pattern: SensorPattern, _ other: SensorPattern) -> Bool {
        guard !pattern.isExact else { return false }
        var key = ByteWriter()
        for word in other.words { KeyText.append(text: word, isString: true, to: &key) }
        return pattern.fits(key.bytes)
    }
}
