/// How far a long task is: count, share, rate and time left where the end is known, else how much lies before it. Said
/// at most ten times a second, and only where somebody looks.
package struct Progress: ~Copyable {
    private let verb: String
    private let total: Int64?
    private let voice: Voice
    private let start = ContinuousClock.now
    private var shown = ContinuousClock.now

    package init(_ verb: String, total: Int64? = nil, voice: Voice) {
        self.verb = verb
        self.total = total
        self.voice = voice
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
            verb, count, total, share: share(), lag: lag(), elapsed: start.duration(to: shown))
        voice.progress(words)
    }

    package mutating func end() { voice.progress("") }

    package static func line(
        _ verb: String, _ count: Int64, _ total: Int64? = nil, share: Double? = nil, lag: Int64? = nil,
        elapsed: Duration
    ) -> String {
        let seconds = max(0.001, Double(elapsed.wholeMilliseconds) / 1000)
        let share = share ?? total.flatMap { $0 > 0 && count <= $0 ? Double(count) / Double($0) : nil }
        var parts = ["\(verb) \(count)\(total.map { " of \($0)" } ?? "")"]
        // A hundred is said when all is done, and not a moment before.
        if let share { parts.append("\(min(Int(share * 100), share < 1 ? 99 : 100)) %") }
        parts.append("\(Int64((Double(count) / seconds).rounded()))/s")
        if let share, share > 0 {
            parts.append("\(Duration.seconds(Int64((seconds * (1 - share) / share).rounded(.up))).word) left")
        } else if let lag {
            parts.append("lag \(lag)")
        }
        return parts.joined(separator: ", ")
    }
}
