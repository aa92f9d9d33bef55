/// What the header of a register says: where each column stands, and which levels there are.
struct RegisterColumns {
    /// A column whose meaning does not depend on the header.
    enum Fixed: String, CaseIterable {
        case validFrom = "valid_from"
        case validTo = "valid_to"
        case unit
        case baseline
        case factor
        case offset
        case polynomial
        case temperatureFactor = "temperature_factor"
        case temperatureZero = "temperature_zero"
        case hysteresis
        case hold
        case ratePer = "rate_per"
        case overdueAfter = "overdue_after"
        case tell
        case response
        case northing
        case easting
        case depth
        case note
    }

    enum Meaning: Equatable {
        case key(Int)
        case fixed(Fixed)
        /// The levels of a side, by their place from the least severe one.
        case level(AlarmSide, Int)
    }

    private(set) var meanings: [Meaning] = []
    private(set) var names: [String] = []
    /// The names of each side's levels, the least severe first.
    private(set) var levels: [AlarmSide: [String]] = [:]

    static let mostLevels = 4

    init(header: RegisterText.Row, key: [String]) throws(RegisterProblem) {
        for cell in header.cells {
            let name = cell.lowercased()
            guard !name.isEmpty else {
                throw RegisterProblem(line: header.line, "column \(names.count + 1) of the header has no name")
            }
            guard !names.contains(name) else {
                throw RegisterProblem(line: header.line, "column '\(cell)' stands twice in the header")
            }
            names.append(name)
            meanings.append(try meaning(of: name, cell, header.line, key))
        }
        for (index, name) in key.enumerated() where !meanings.contains(.key(index)) {
            throw RegisterProblem(line: header.line, "the header has no column '\(name)', which names the sensor")
        }
    }

    private mutating func meaning(
        of name: String, _ cell: String, _ line: Int, _ key: [String]
    ) throws(RegisterProblem) -> Meaning {
        if let index = key.firstIndex(where: { $0.lowercased() == name }) { return .key(index) }
        if let fixed = Fixed(rawValue: name) { return .fixed(fixed) }
        for side in AlarmSide.leveled where name.hasSuffix("_\(side.rawValue)") {
            let level = String(name.dropLast(side.rawValue.count + 1))
            guard !level.isEmpty else { break }
            levels[side, default: []].append(level)
            let place = levels[side, default: []].count
            guard place <= RegisterColumns.mostLevels else {
                throw RegisterProblem(
                    line: line, "'\(cell)' is a fifth level \(side.rawValue): \(RegisterColumns.mostLevels) at most")
            }
            return .level(side, place - 1)
        }
        let fixed = Fixed.allCases.map(\.rawValue).joined(separator: ", ")
        throw RegisterProblem(
            line: line,
            "'\(cell)' is not a column of a register. There are \(key.joined(separator: ", ")), \(fixed), "
                + "and NAME_above, NAME_below, NAME_rate for each level, such as alert_above")
    }
}
