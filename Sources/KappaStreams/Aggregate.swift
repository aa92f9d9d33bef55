/// What is worked out over the values of a window. None of them depends on the order of the readings.
package enum Aggregate: String, CaseIterable, Sendable {
    case mean
    case count
    case min
    case max
    case sum
    /// Of a sample (divided by n - 1), as SQL's stddev; null for a single reading.
    case stddev
    /// The value of the earliest reading in event time.
    case first
    /// The value of the latest reading in event time.
    case last
    /// Between two values the percentile is interpolated, as SQL's percentile_cont.
    case p50
    case p95

    /// Whether every value of an open window has to be kept.
    var needsValues: Bool { self == .stddev || self == .p50 || self == .p95 }
}
