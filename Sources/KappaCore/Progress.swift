import Glibc
import KappaCore

/// How far a long task is: count, rate and time left, on one line of standard error, and only on a terminal.
package struct Progress: ~Copyable {
    private let verb: String
    private let total: Int64?
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var drawn = ContinuousClock.now

    package init(_ verb: String, total: Int64? = nil, messages: Messages) {
        self.verb = verb
        self.total = total
        isShown = messages.terminal.isTerminal && messages.level != .quiet
    }

    /// Draws at most ten times a second.
    package mutating func update(_ count: Int64) {
        guard isShown, drawn.duration(to: .now) > .milliseconds(100) else { return }
        drawn = .now
        draw(Progress.line(verb, count, total, elapsed: start.duration(to: drawn)))
    }

    /// Clears the line.
    package mutating func end() {
        if isShown { draw("") }
    }

    private func draw(_ text: String) {
        let bytes = Array("\r\u{1B}[K\(text)".utf8)
        _ = Glibc.write(2, bytes, bytes.count)
    }

    static func line(_ verb: String, _ count: Int64, _ total: Int64?, elapsed: Duration) -> String {
        let seconds = max(0.001, Double(elapsed.wholeMilliseconds) / 1000)
        let rate = Double(count) / seconds
        let head = "\(verb) \(count)\(total.map { " of \($0)" } ?? ""), \(Int64(rate.rounded()))/s"
        guard let total, rate > 0, total >= count else { return head }
        let left = Int64((Double(total - count) / rate).rounded(.up))
        return head + ", \(Duration.seconds(left).word) left"
    }
}
