/// When something is told to one receiver: a pure machine, which is told the time.
///
/// Events that come within a moment go together, and between two messages some time passes, in which others gather.
/// What could not be told is tried again, each time later, and nothing overtakes it.
package struct AlarmMailbox: Sendable {
    package struct Pace: Sendable {
        /// How long to collect events before they are sent in one message.
        package var group = Duration.seconds(5)
        /// The least time between two messages.
        package var rest = Duration.seconds(60)
        /// How often what stands is told again; nil for never.
        package var remind: Duration? = .seconds(86_400)

        package init() {}
    }

    package enum Step: Equatable, Sendable {
        case wait
        /// Send what has gathered.
        case tell
        /// Send the message that could not be sent once more.
        case retry
        case remind
    }

    private let pace: Pace
    private var firstWaiting: ContinuousClock.Instant?
    private var lastTold: ContinuousClock.Instant?
    private var nextReminder: ContinuousClock.Instant?
    private var nextTry: ContinuousClock.Instant?
    private var pause = Duration.zero

    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(300)

    /// - Parameter reminded: how long ago the last reminder was; nil where there was none.
    package init(_ pace: Pace, now: ContinuousClock.Instant, reminded: Duration?) {
        self.pace = pace
        nextReminder = pace.remind.map { every in now + max(.zero, every - (reminded ?? every)) }
    }

    package var isFailing: Bool { nextTry != nil }

    package mutating func came(at now: ContinuousClock.Instant) {
        if firstWaiting == nil { firstWaiting = now }
    }

    package func step(at now: ContinuousClock.Instant) -> Step {
        if let nextTry { return now >= nextTry ? .retry : .wait }
        if let lastTold, now < lastTold + pace.rest { return .wait }
        if let firstWaiting, now >= firstWaiting + pace.group { return .tell }
        if let nextReminder, now >= nextReminder { return .remind }
        return .wait
    }

    /// What had gathered was told, or there was nothing in it that has to be told.
    package mutating func told(at now: ContinuousClock.Instant, something: Bool) {
        (firstWaiting, nextTry, pause) = (nil, nil, .zero)
        if something { lastTold = now }
    }

    package mutating func reminded(at now: ContinuousClock.Instant) {
        nextReminder = pace.remind.map { now + $0 }
    }

    package mutating func failed(at now: ContinuousClock.Instant) {
        pause = min(max(pause * 2, AlarmMailbox.firstPause), AlarmMailbox.longestPause)
        nextTry = now + pause
    }
}
