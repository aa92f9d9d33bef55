/// The readings of a sensor that a rate of change is taken against: the first one of the half-period at hand and the
/// first one of the half-period before it in which there was any.
///
/// Half-periods lie on a grid of event time, and a point only counts when a reading of an earlier half-period came
/// before it; so the points are the same wherever reading began, if it began no later than `restsOn`.
struct RatePoints: Equatable {
    /// There is one for each sensor that is watched, so it has no room for an optional's byte.
    private struct Point: Equatable {
        static let none = Point(time: .min, value: 0, restsOn: -1)

        var time: Int64
        var value: Double
        /// The reading before it.
        var restsOn: Int64

        var isThere: Bool { time != .min }
    }

    private var older = Point.none
    private var newer = Point.none
    /// The latest half-period of which a reading came, the least number for none, and the last reading.
    private var cell = Int64.min
    private var last: Int64 = -1

    var restsOn: Int64 { older.isThere ? older.restsOn : newer.isThere ? newer.restsOn : last }

    struct Change: Equatable {
        /// Over the period, without its sign.
        var rate: Double
        /// The older point is about to be let go of: the change is taken over its longest stretch.
        var mayEase: Bool
    }

    /// Nil as long as there is no older point: the first readings have nothing to be compared with.
    mutating func take(_ value: Double, time: Int64, offset: Int64, per: Int64) -> Change? {
        let half = max(per / 2, 1)
        let cell = time >= 0 ? time / half : (time + 1) / half - 1
        let isNew = self.cell != .min && cell > self.cell
        var change: Change?
        if older.isThere {
            // Never over less than the period: a change is not made larger than it was.
            let stretch = Double(max(time - older.time, per))
            change = Change(rate: abs(value - older.value) / stretch * Double(per), mayEase: isNew)
        }
        if isNew {
            older = newer
            newer = Point(time: time, value: value, restsOn: last)
        }
        self.cell = max(self.cell, cell)
        last = offset
        return change
    }
}
