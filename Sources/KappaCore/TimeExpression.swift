extension Timestamp {
    /// A time as a person types it: RFC 3339, a date, `@seconds` or `@milliseconds` since 1970, `-1h` from now,
    /// `now`, `today`, `yesterday` (UTC midnights).
    package init(expression: String, now: Timestamp) throws(WordError) {
        let day: Int64 = 86_400_000
        let midnight = now.milliseconds.flooredQuotientAndRemainder(dividingBy: day).quotient * day
        switch expression {
        case "now": self = now
        case "today": self.init(milliseconds: midnight)
        case "yesterday": self.init(milliseconds: midnight - day)
        case "tomorrow": self.init(milliseconds: midnight + day)
        default:
            guard let time = try Timestamp(numeric: expression, now: now) else {
                let known = "2022-04-15T22:06:38Z, 2022-04-15, @1650060398, -1h or today"
                throw WordError("'\(expression)' is not a time such as \(known)")
            }
            self = time
        }
    }

    private init?(numeric expression: String, now: Timestamp) throws(WordError) {
        if expression.hasPrefix("@") {
            guard let number = Int64(expression.dropFirst()) else { return nil }
            // Ten digits reach the year 2286 in seconds; thirteen are milliseconds, as rpk reads them.
            self.init(milliseconds: abs(number) < 100_000_000_000 ? number * 1000 : number)
        } else if expression.hasPrefix("-") || expression.hasPrefix("+") {
            self = now.advanced(by: try Duration(word: expression))
        } else if let time = Timestamp(rfc3339: expression) ?? Timestamp(rfc3339: expression + "T00:00:00Z")
            ?? Timestamp(rfc3339: expression + ":00Z")
        {
            self = time
        } else {
            return nil
        }
    }
}
