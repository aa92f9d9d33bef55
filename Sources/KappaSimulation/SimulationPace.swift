package import KappaCore

/// When each line is due: the time it bears, and whether the wall clock has to come to it first.
package struct SimulationPace: Equatable {
    let start: Timestamp
    let interval: Double
    package let isLive: Bool
    /// How many lines there will be; nil for no end.
    let count: Int64?

    /// A seed's readings start here when nothing else is said: the day of the oldest known reading of the site.
    static let seededStart = Timestamp(milliseconds: 1_649_980_800_000)

    /// Live, unless a start is given or a bare count says that it is the lines that matter.
    ///
    /// `usual` is the interval in milliseconds when no rate is given.
    package init(
        rate: Rate?, count: Int64?, duration: Duration?, start: Timestamp?, isSeeded: Bool, usual: Double,
        now: Timestamp, history: Duration = .zero
    ) {
        let interval = rate.map { 1000 / $0.perSecond } ?? usual
        let within = duration.map { Int64((Double($0.wholeMilliseconds) / interval).rounded(.up)) }
        let bound = [count, within].compactMap { $0 }.min()
        self.count = bound
        self.interval = interval
        isLive = start == nil && (count == nil || rate != nil) && !(isSeeded && duration != nil && rate == nil)
        if let start {
            self.start = start
        } else if isLive {
            self.start = Timestamp(milliseconds: now.milliseconds - history.wholeMilliseconds)
        } else if isSeeded {
            self.start = SimulationPace.seededStart
        } else {
            // The last line is of this moment.
            self.start = Timestamp(milliseconds: now.milliseconds - Int64(Double(bound ?? 0) * interval))
        }
    }

    func time(ofLine index: Int64) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds + Int64(Double(index) * interval))
    }

    /// How many lines are due at `now`, the end counted in.
    func due(at now: Timestamp) -> Int64 {
        guard isLive else { return count ?? Int64.max }
        let elapsed = Double(now.milliseconds - start.milliseconds)
        let due = elapsed < 0 ? 0 : Int64(elapsed / interval) + 1
        return min(due, count ?? Int64.max)
    }
}
