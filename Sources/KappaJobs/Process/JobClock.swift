/// The time as a job's engine sees it; a test turns it itself.
package struct JobClock: Sendable {
    package let now: @Sendable () -> ContinuousClock.Instant

    package init(_ now: @escaping @Sendable () -> ContinuousClock.Instant) { self.now = now }

    package static let system = JobClock { ContinuousClock.now }
}
