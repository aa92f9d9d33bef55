package import KappaCore

/// What makes measured values of raw ones: for the keys of windows a factor and an offset.
package struct Calibration: Sendable {
    private struct Line: Sendable {
        var factor: Double
        var offset: Double
    }

    /// By the bytes that stand for a key.
    private var lines: [[UInt8]: Line] = [:]
    private var words: [String] = []

    package init() {}

    package var isEmpty: Bool { lines.isEmpty }

    /// Lines of the key's fields, a factor and an offset: `BH-9483,piezometer,1.02,-0.35`. What begins with # says
    /// nothing.
    package init(text: String, key: [FieldRule]) throws(WordError) {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, line) in lines.enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            do throws(WordError) { try add(line, key) } catch {
                throw WordError("line \(number + 1): \(error.message)")
            }
        }
    }

    private mutating func add(_ line: Substring, _ rules: [FieldRule]) throws(WordError) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == rules.count + 2 else {
            let names = rules.map(\.name).joined(separator: ",")
            throw WordError("'\(line)' is not of the form \(names),FACTOR,OFFSET")
        }
        guard let factor = Double(cells[rules.count]), let offset = Double(cells[rules.count + 1]), factor.isFinite,
            offset.isFinite
        else { throw WordError("'\(line)': the last two are numbers, a factor and an offset") }
        var key = ByteWriter()
        for (cell, rule) in zip(cells, rules) {
            guard !cell.isEmpty, cell.utf8.count < 4096 else {
                throw WordError("'\(line)': a name is missing")
            }
            KeyText.append(text: String(cell), isString: rule.kind != .number, to: &key)
        }
        guard lines.updateValue(Line(factor: factor, offset: offset), forKey: Array(key.bytes)) == nil else {
            throw WordError("'\(line)': it has a line already")
        }
        words.append("\(cells.dropLast(2).joined(separator: "|"))*\(factor)+\(offset)")
    }

    /// The measured value of a raw one; what has no line is measured already.
    func value(_ raw: Double, of key: UnsafeRawBufferPointer) -> Double {
        guard let line = lines[Array(key)] else { return raw }
        return raw * line.factor + line.offset
    }

    /// The same whatever the order of the lines is.
    var canonical: String { words.sorted().joined(separator: " ") }
}
