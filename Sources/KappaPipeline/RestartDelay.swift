import KappaCore

/// How long to wait before a stage that died is started again: half a second, doubled each time, at most 15 seconds.
package struct RestartDelay: Equatable, Sendable {
    static let first = Duration.milliseconds(500)
    static let most = Duration.seconds(15)
    /// What ran this long has recovered, and its next death is a first one.
    static let recovery = Duration.seconds(30)

    private(set) var failures = 0

    package mutating func afterFailure(having ran: Duration) -> Duration {
        if ran >= RestartDelay.recovery { failures = 0 }
        defer { failures += 1 }
        return min(RestartDelay.most, RestartDelay.first * Double(1 << min(failures, 6)))
    }
}
