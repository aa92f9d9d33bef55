/// How far a long task is: count, rate and time left, said at most ten times a second.
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

    package mutating func update(_ count: Int64) {
        guard voice.showsProgress, shown.duration(to: .now) > .milliseconds(100) else { return }
        shown = .now
        voice.progress(Progress.line(verb, count, total, elapsed: start.duration(to: shown)))
    }

    package mutating func end() { voice.progress("") }

    package static func line(_ verb: String, _ count: Int64, _ total: Int64?, elapsed: Duration) -> String {
        let seconds = max(0.001, Double(elapsed.wholeMilliseconds) / 1000)
        let rate = Double(count) / seconds
        let head = "\(verb) \(count)\(total.map { " of \($0)" } ?? ""), \(Int64(rate.rounded()))/s"
        guard let total, rate > 0, total >= count else { return head }
        let left = Int64((Double(total - count) / rate).rounded(.up))
        return head + ", \(Duration.seconds(left).word) left"
    }
}
