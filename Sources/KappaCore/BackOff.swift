/// How long to wait before another try: twice as long each time, up to a longest.
package struct BackOff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var next: Duration

    package init(from first: Duration, to longest: Duration) {
        self.first = first
        self.longest = longest
        next = first
    }

    /// The pause before the next try.
    package mutating func pause() -> Duration {
        defer { next = min(next * 2, longest) }
        return next
    }

    /// What `pause` would say.
    package var coming: Duration { next }

    /// It went well: the next trouble begins anew.
    package mutating func reset() { next = first }
}
