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

    package init(text: String, key rules: [FieldRule]) throws(RegisterProblem) {
        key = rules.map(\.name)
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
            add(try cells.line(keyCount: key.count), rules)
        }
        try checkValidity()
        try checkLevels()
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
    package var canonical: String {
        lines.map { "\($0.pattern):\(RegisterMerge.rules([$0], levelNames, from: $0.validFrom, to: $0.validTo))" }
            .sorted().joined(separator: "\n")
    }
}

// MARK: Checks

extension Register {
    private func checkValidity() throws(RegisterProblem) {
        var byPattern: [SensorPattern: [RegisterLine]] = [:]
        for line in lines {
            for other in byPattern[line.pattern] ?? [] where line.overlaps(other) {
                let dated = line.validFrom != .min || line.validTo != .max || other.validFrom != .min
                let message =
                    dated
                    ? "is valid at the same time as in line \(other.number): end one before the other begins"
                    : "stands in line \(other.number) already: give both of them dates, or take one away"
                throw RegisterProblem(line: line.number, "'\(line.pattern)' \(message)")
            }
            byPattern[line.pattern, default: []].append(line)
        }
    }

    /// The levels of each line, put together with what the patterns add to it, are in order.
    private func checkLevels() throws(RegisterProblem) {
        for line in lines {
            let others = patterns.map { lines[$0] }
                .filter { $0.number != line.number && covers($0.pattern, line.pattern) }
                .sorted { $1.pattern.rank.lexicographicallyPrecedes($0.pattern.rank) }
            let merged = RegisterMerge.spans([line] + others, levelNames)
            for rules in merged where rules.validFrom >= line.validFrom && rules.validTo <= line.validTo {
                if let fault = RegisterMerge.fault(in: rules) { throw RegisterProblem(line: line.number, fault) }
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
