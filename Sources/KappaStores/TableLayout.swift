package import KappaCore

/// How a store that keeps rows in pieces (indices, files) cuts them. A row always lies in the piece that its own key
/// names, so a later record of the key finds the earlier one.
package struct TableLayout: Hashable, Sendable {
    package enum Period: String, Sendable, CaseIterable {
        case day, month
    }

    /// A piece for each of these stretches of the window's start; nil for one piece.
    package var period: Period?
    /// How a piece is named, such as `{instrument}-logs-%Y.%m.%d`; nil for the store's own way.
    package var pattern: String?

    package static let whole = TableLayout()

    package init(period: Period? = nil, pattern: String? = nil) {
        self.period = period
        self.pattern = pattern
    }

    package var isWhole: Bool { self == .whole }

    /// `2026.11.28` or `2026.11`.
    package static func stamp(_ time: Timestamp, _ period: Period, separator: String = ".") -> String {
        let (year, month, day) = date(of: time)
        let start = "\(padded(year, 4))\(separator)\(padded(month, 2))"
        return period == .month ? start : "\(start)\(separator)\(padded(day, 2))"
    }

    package static func date(of time: Timestamp) -> (year: Int, month: Int, day: Int) {
        let days = time.milliseconds.flooredQuotientAndRemainder(dividingBy: 86_400_000).quotient
        return Timestamp.civil(daysSinceEpoch: Int(days))
    }

    package static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
