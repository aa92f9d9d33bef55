package import Glibc

extension Duration {
    /// The time that `clock` will show when it has passed, for who waits on a condition.
    package func deadline(on clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        let later = time.tv_nsec + Int(clamping: wholeMilliseconds) * 1_000_000
        time.tv_sec += later / 1_000_000_000
        time.tv_nsec = later % 1_000_000_000
        return time
    }
}
