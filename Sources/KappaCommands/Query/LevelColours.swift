import KappaCore
import KappaStores
import KappaStreams
import KappaTerminal

/// Shows by the levels of a register how the rows of a view stand: the value in the colour of the level that it lies
/// beyond, the time with a word where the sensor has said nothing for too long.
final class LevelColours {
    private let register: Register
    private let key: [FieldRule]
    private let now: Timestamp
    private var spans: [[String]: [SensorRules]] = [:]

    /// - Parameter path: where the register lies.
    init(path: String, now: Timestamp) throws {
        key = WindowPlan().key
        register = try RegisterFile.read(path, key: key)
        self.now = now
    }

    /// Restyles the cells of a row where its columns say which sensor, when and how much.
    func apply(_ columns: [ResultColumn], _ cells: inout [Cell]) {
        func place(_ name: String) -> Int? { columns.firstIndex { $0.name == name } }
        let places = key.compactMap { place(ResultField.column(for: $0.name)) }
        guard places.count == key.count, let time = place("ts"),
            let at = Timestamp(rfc3339: cells[time].text(.plain))
        else { return }
        let sensor = places.map { cells[$0].text(.plain) }
        let known = spans[sensor] ?? register.spans(of: sensor, key)
        spans[sensor] = known
        guard let rules = known.last(where: { $0.validFrom <= at.milliseconds }) else { return }
        if let value = place("reading"), let number = LevelColours.number(cells[value]),
            let style = Style.ofLevel(severity: LevelColours.severity(of: number, rules))
        {
            cells[value] = .styled(cells[value].text(.plain), style)
        }
        if let after = rules.overdueAfterMilliseconds, now.milliseconds - at.milliseconds > after {
            cells[time] = .styled(cells[time].text(.plain) + " overdue", .dim)
        }
    }

    private static func number(_ cell: Cell) -> Double? {
        switch cell {
        case .number(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
    }

    /// The most severe level that a value lies beyond.
    static func severity(of value: Double, _ rules: SensorRules) -> Int {
        let above = rules.above.last { value >= $0.limit }?.severity ?? 0
        return max(above, rules.below.last { value <= $0.limit }?.severity ?? 0)
    }
}
