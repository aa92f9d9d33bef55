package import KappaCore

/// What makes measured values of raw ones: for the keys of windows a factor and an offset.
package struct Calibration: Sendable {
    /// What a value is multiplied by, what is added then, and where that stands.
    struct Line: Sendable {
        var factor: Double
        var offset: Double
        var number: Int
        var words: String
    }

    /// By the bytes that stand for a key.
    private var lines: [[UInt8]: Line] = [:]
    private var words: [String] = []
    /// Which lines are of use: shared by all who work with this calibration.
    package let use = CalibrationUse()

    package init() {}

    package var isEmpty: Bool { lines.isEmpty }

    /// Lines of the key's fields, a factor and an offset: `BH-9483,piezometer,1.02,-0.35`. What begins with # says
    /// nothing, and blanks around a name or a number do not either.
    package init(text: String, key: [FieldRule]) throws(WordError) {
        for (index, line) in text.textLines.enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            do throws(WordError) { try add(line, index + 1, key) } catch {
                throw WordError("line \(index + 1): \(error.message)")
            }
        }
    }

    private mutating func add(_ line: Substring, _ number: Int, _ rules: [FieldRule]) throws(WordError) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(Calibration.withoutBlanks)
        guard cells.count == rules.count + 2 else {
            let names = rules.map(\.name).joined(separator: ",")
            throw WordError("'\(line)' is not of the form \(names),FACTOR,OFFSET")
        }
        guard let factor = Double(cells[rules.count]), let offset = Double(cells[rules.count + 1]), factor.isFinite,
            offset.isFinite
        else { throw WordError("'\(line)': the last two must be numbers, a factor and an offset") }
        var key = ByteWriter()
        for (cell, rule) in zip(cells, rules) {
            guard !cell.isEmpty, cell.utf8.count < 4096 else {
                throw WordError("'\(line)': a name is missing")
            }
            KeyText.append(text: String(cell), isString: rule.kind != .number, to: &key)
        }
        let entry = Line(
            factor: factor, offset: offset, number: number,
            words: cells.prefix(rules.count).joined(separator: ","))
        guard lines.updateValue(entry, forKey: Array(key.bytes)) == nil else {
            throw WordError("'\(line)': this key has a line already")
        }
        words.append("\(cells.dropLast(2).joined(separator: "|"))*\(factor)+\(offset)")
    }

    private static func withoutBlanks(_ cell: Substring) -> Substring {
        var cell = cell.drop { $0 == " " || $0 == "\t" }
        while cell.last == " " || cell.last == "\t" { cell.removeLast() }
        return cell
    }

    /// The line of a key that has come, if there is one. To be asked once for each key: it is kept which lines are of
    /// use.
    func line(of key: [UInt8]) -> Line? {
        let line = lines[key]
        use.note(key, line: line?.number)
        return line
    }

    /// The lines whose key has not come so far, by their numbers.
    package var unmatched: [(number: Int, words: String)] {
        let matched = use.matchedLines
        return lines.values.filter { !matched.contains($0.number) }.map { ($0.number, $0.words) }
            .sorted { $0.number < $1.number }
    }

    /// The same whatever the order of the lines is.
    var canonical: String { words.sorted().joined(separator: " ") }
}
