import KappaCore

/// One line of a register, with what its cells say; an empty cell says nothing, and a dash says "none here".
struct RegisterLine: Sendable {
    enum Entry<Value: Equatable & Sendable>: Equatable, Sendable {
        case unsaid
        case none
        case some(Value)
    }

    var number: Int
    var pattern: SensorPattern
    var validFrom = Int64.min
    var validTo = Int64.max
    var unit = Entry<String>.unsaid
    var baseline = Entry<Double>.unsaid
    var curve = Entry<Conversion.Curve>.unsaid
    var temperature = Entry<Conversion.Temperature>.unsaid
    var levels: [AlarmSide: [Entry<Double>]] = [:]
    var hysteresis = Entry<Double>.unsaid
    var hold = Entry<Int64>.unsaid
    var ratePer = Entry<Int64>.unsaid
    var overdueAfter = Entry<Int64>.unsaid
    var tell = Entry<String>.unsaid
    var response = Entry<String>.unsaid
    var northing = Entry<Double>.unsaid
    var easting = Entry<Double>.unsaid
    var depth = Entry<Double>.unsaid

    func overlaps(_ other: RegisterLine) -> Bool {
        pattern == other.pattern && validFrom < other.validTo && other.validFrom < validTo
    }
}

/// Reads the cells of one row.
struct RegisterLineReader {
    let row: RegisterText.Row
    let columns: RegisterColumns
    let hasDecimalComma: Bool

    /// The line that the row means, as far as it can be read; what is wrong with it joins the problems.
    func line(keyCount: Int, _ problems: inout [RegisterProblem]) -> RegisterLine? {
        guard row.cells.count <= columns.names.count || row.cells[columns.names.count...].allSatisfy(\.isEmpty) else {
            problems.append(
                problem("it has \(row.cells.count) cells, and the header names \(columns.names.count) columns"))
            return nil
        }
        var words = Array(repeating: "", count: keyCount)
        for (place, meaning) in columns.meanings.enumerated() {
            guard case .key(let index) = meaning, place < row.cells.count else { continue }
            words[index] = row.cells[place]
        }
        for (index, word) in words.enumerated() where word.isEmpty || word.utf8.count >= 4096 {
            let column = columns.meanings.firstIndex(of: .key(index)).map { columns.names[$0] } ?? ""
            let fault = word.isEmpty ? "is empty: name the sensor, or write * for all" : "is too long for a name"
            problems.append(problem("'\(column)' \(fault)"))
            return nil
        }
        var line = RegisterLine(number: row.line, pattern: SensorPattern(words: words))
        readCells(&line, &problems)
        return line
    }

    private func readCells(_ line: inout RegisterLine, _ problems: inout [RegisterProblem]) {
        func note(_ body: () throws(RegisterProblem) -> Void) {
            do throws(RegisterProblem) { try body() } catch { problems.append(error) }
        }
        for (side, names) in columns.levels { line.levels[side] = Array(repeating: .unsaid, count: names.count) }
        for (place, meaning) in columns.meanings.enumerated() where place < row.cells.count {
            note { () throws(RegisterProblem) in
                switch meaning {
                case .key: break
                case .level(let side, let index): line.levels[side]?[index] = try number(place)
                case .fixed(let column): try read(column, place, &line)
                }
            }
        }
        note { () throws(RegisterProblem) in
            guard line.validFrom < line.validTo else { throw problem("valid_to is not after valid_from") }
        }
        note { () throws(RegisterProblem) in try readCurve(&line) }
        note { () throws(RegisterProblem) in try readTemperature(&line) }
    }

    private func read(
        _ column: RegisterColumns.Fixed, _ place: Int, _ line: inout RegisterLine
    ) throws(RegisterProblem) {
        switch column {
        case .validFrom: if case .some(let time) = try time(place) { line.validFrom = time }
        case .validTo: if case .some(let time) = try time(place) { line.validTo = time }
        case .unit: line.unit = try unit(place)
        case .baseline: line.baseline = try number(place)
        case .hysteresis: line.hysteresis = try notNegative(place)
        case .hold: line.hold = try duration(place)
        case .ratePer: line.ratePer = try duration(place)
        case .overdueAfter: line.overdueAfter = try duration(place)
        case .tell: line.tell = text(place)
        case .response: line.response = text(place)
        case .northing: line.northing = try number(place)
        case .easting: line.easting = try number(place)
        case .depth: line.depth = try number(place)
        case .factor, .offset, .polynomial, .temperatureFactor, .temperatureZero, .note: break
        }
    }

    private func readCurve(_ line: inout RegisterLine) throws(RegisterProblem) {
        let factor = try number(.factor)
        let offset = try number(.offset)
        let polynomial = cell(.polynomial)
        guard let polynomial, !polynomial.isEmpty else {
            if factor == .none || offset == .none { line.curve = .none }
            if case .some(let factor) = factor {
                line.curve = .some(.linear(factor: factor, offset: value(offset) ?? 0))
            } else if case .some(let offset) = offset {
                line.curve = .some(.linear(factor: 1, offset: offset))
            }
            return
        }
        if polynomial == "-" { return line.curve = .none }
        guard value(factor) == nil, value(offset) == nil else {
            throw problem("it has both a polynomial and a factor or offset: one of them converts a reading")
        }
        var coefficients: [Double] = []
        for word in polynomial.split(separator: " ") { coefficients.append(try parse(String(word), "polynomial")) }
        guard (2...7).contains(coefficients.count) else {
            throw problem("polynomial: two to seven coefficients of falling powers, such as '-1.2e-7 0.031 -250'")
        }
        line.curve = .some(.polynomial(coefficients))
    }

    private func readTemperature(_ line: inout RegisterLine) throws(RegisterProblem) {
        let factor = try number(.temperatureFactor)
        let zero = try number(.temperatureZero)
        if factor == .none { return line.temperature = .none }
        guard let known = value(factor) else {
            guard value(zero) == nil else { throw problem("temperature_zero without temperature_factor says nothing") }
            return
        }
        guard let zero = value(zero) else {
            throw problem("temperature_factor needs temperature_zero: the temperature at which the term is zero")
        }
        line.temperature = .some(Conversion.Temperature(factor: known, zero: zero))
    }
}

// MARK: Cells

extension RegisterLineReader {
    private func problem(_ message: String) -> RegisterProblem { RegisterProblem(line: row.line, message) }

    private func value<Value>(_ entry: RegisterLine.Entry<Value>) -> Value? {
        if case .some(let value) = entry { value } else { nil }
    }

    private func cell(_ column: RegisterColumns.Fixed) -> String? {
        guard let place = columns.meanings.firstIndex(of: .fixed(column)), place < row.cells.count else { return nil }
        return row.cells[place]
    }

    private func number(_ column: RegisterColumns.Fixed) throws(RegisterProblem) -> RegisterLine.Entry<Double> {
        guard let place = columns.meanings.firstIndex(of: .fixed(column)), place < row.cells.count else {
            return .unsaid
        }
        return try number(place)
    }

    private func number(_ place: Int) throws(RegisterProblem) -> RegisterLine.Entry<Double> {
        switch row.cells[place] {
        case "": .unsaid
        case "-": .none
        case let word: .some(try parse(word, columns.names[place]))
        }
    }

    private func parse(_ word: String, _ column: String) throws(RegisterProblem) -> Double {
        let plain = hasDecimalComma ? String(word.map { $0 == "," ? "." : $0 }) : word
        guard let number = Double(plain), number.isFinite, abs(number) <= 1e200 else {
            let hint = !hasDecimalComma && word.contains(",") ? ": write the decimals with a point" : ""
            throw problem("\(column): '\(word)' is not a number\(hint)")
        }
        return number
    }

    private func notNegative(_ place: Int) throws(RegisterProblem) -> RegisterLine.Entry<Double> {
        let entry = try number(place)
        if let number = value(entry), number < 0 {
            throw problem("\(columns.names[place]): '\(row.cells[place])' is below zero")
        }
        return entry
    }

    private func duration(_ place: Int) throws(RegisterProblem) -> RegisterLine.Entry<Int64> {
        let word = row.cells[place]
        if word.isEmpty { return .unsaid }
        if word == "-" { return .none }
        do throws(WordError) {
            let duration = try Duration(word: word).wholeMilliseconds
            guard duration >= 0 else { throw WordError("'\(word)' is below zero") }
            return .some(duration)
        } catch {
            throw problem("\(columns.names[place]): \(error.message)")
        }
    }

    private func time(_ place: Int) throws(RegisterProblem) -> RegisterLine.Entry<Int64> {
        let word = row.cells[place]
        if word.isEmpty || word == "-" { return .unsaid }
        let clock = word.drop { $0 != "T" && $0 != "t" && $0 != " " }
        guard clock.contains(where: { "Zz+-".contains($0) }) else {
            throw problem("\(columns.names[place]): '\(word)' has no zone: write it as 2024-05-31T06:00:00Z or …+02:00")
        }
        guard let time = Timestamp(rfc3339: word) else {
            throw problem("\(columns.names[place]): '\(word)' is not a time such as 2024-05-31T06:00:00Z")
        }
        return .some(time.milliseconds)
    }

    private func unit(_ place: Int) throws(RegisterProblem) -> RegisterLine.Entry<String> {
        let word = row.cells[place]
        if word.isEmpty { return .unsaid }
        if word == "-" { return .none }
        guard !MeasuredUnit.known.contains(word) else { return .some(word) }
        let meant = MeasuredUnit.meant(by: word).map { ": did you mean '\($0)'?" } ?? ""
        throw problem("unit: '\(word)' is not a unit that is known here\(meant)")
    }

    private func text(_ place: Int) -> RegisterLine.Entry<String> {
        switch row.cells[place] {
        case "": .unsaid
        case "-": .none
        case let text: .some(text)
        }
    }
}
