import Glibc
package import KappaCore

/// The two clocks at one moment: records carry the wall's, waiting is measured by the steady one.
///
/// Handlers and state machines are given a moment and never read a clock themselves, so a test turns time by hand.
package struct Moment: Sendable, Equatable {
    /// Milliseconds since 1970, as the wall shows it; it may jump.
    package var wall: Int64
    /// Milliseconds since some fixed point; it never goes back.
    package var steady: Int64

    package init(wall: Int64, steady: Int64) {
        self.wall = wall
        self.steady = steady
    }

    package var timestamp: Timestamp { Timestamp(milliseconds: wall) }

    package static func now() -> Moment {
        Moment(wall: read(CLOCK_REALTIME), steady: read(CLOCK_MONOTONIC))
    }

    static func steadyMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
