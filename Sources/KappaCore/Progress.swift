/// How far a long task is: count, share, rate and time left where the end is known, else how much lies before it. Said
/// at most ten times a second, and only where somebody looks.
package struct Progress: ~Copyable {
    private let verb: String
    private let total: Int64?
    private let voice: Voice
    private let start = ContinuousClock.now
    private var shown = ContinuousClock.now
    /// Two looks of before, between three and six seconds apart: what has no end is asked for its rate just now.
    private var marks: (older: Mark, newer: Mark)

    private struct Mark {
        var time = ContinuousClock.now
        var count: Int64 = 0
    }

    package init(_ verb: String, total: Int64? = nil, voice: Voice) {
        self.verb = verb
        self.total = total
        self.voice = voice
        marks = (Mark(), Mark())
    }

    /// - Parameters:
    ///   - share: how much of the whole is done, where that is not told by the count.
    ///   - lag: records that wait to be done, of a task without an end.
    package mutating func update(
        _ count: Int64, share: @autoclosure () -> Double? = nil, lag: @autoclosure () -> Int64? = nil
    ) {
        guard voice.showsProgress, shown.duration(to: .now) > .milliseconds(100) else { return }
        shown = .now
        let words = Progress.line(
            verb, count, total, share: share(), lag: lag(), recent: recentRate(count),
            elapsed: start.duration(to: shown))
        voice.progress(words)
    }

    private mutating func recentRate(_ count: Int64) -> Double {
        if marks.newer.time.duration(to: shown) >= .seconds(3) {
            marks = (marks.newer, Mark(time: shown, count: count))
        }
        let milliseconds = marks.older.time.duration(to: shown).wholeMilliseconds
        return Double(count - marks.older.count) * 1000 / Double(max(1, milliseconds))
    }

    package mutating func end() { voice.progress("") }

    /// - Parameter recent: the rate of the last seconds, which is told where the end is not known.
    package static func line(
        _ verb: String, _ count: Int64, _ total: Int64? = nil, share: Double? = nil, lag: Int64? = nil,
        recent: Double? = nil, elapsed: Duration
    ) -> String {
        let seconds = max(0.001, Double(elapsed.wholeMilliseconds) / 1000)
        let share = share ?? total.flatMap { $0 > 0 && count <= $0 ? Double(count) / Double($0) : nil }
        var parts = ["\(verb) \(count)\(total.map { " of \($0)" } ?? "")"]
        // A hundred is said when all is done, and not a moment before.
        if let share { parts.append("\(min(Int(share * 100), share < 1 ? 99 : 100)) %") }
        let rate = share == nil ? recent ?? Double(count) / seconds : Double(count) / seconds
        parts.append("\(Int64(rate.rounded()))/s")
        if let share, share > 0 {
            parts.append("\(Duration.seconds(Int64((seconds * (1 - share) / share).rounded(.up))).word) left")
        } else if let lag {
            parts.append("lag \(lag)")
        }
        return parts.joined(separator: ", ")
    }
}
