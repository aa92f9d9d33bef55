/// What an alarm is about. A sensor has at most one alarm of each kind at a time, whose level may rise and fall.
package enum AlarmSide: String, CaseIterable, Sendable {
    case above
    case below
    case rate
    /// Nothing has come for longer than the register allows.
    case overdue

    /// The sides that levels are given for.
    static let leveled: [AlarmSide] = [.above, .below, .rate]

    var index: Int {
        switch self {
        case .above: 0
        case .below: 1
        case .rate: 2
        case .overdue: 3
        }
    }

    var bit: UInt8 { 1 << UInt8(index) }
}
