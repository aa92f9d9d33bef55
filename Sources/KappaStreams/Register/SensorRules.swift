/// What holds for a sensor during one span of time: all lines of the register that fit it, put together.
package struct SensorRules: Equatable, Sendable {
    package struct Level: Equatable, Sendable {
        package var name: String
        /// From one, the least severe.
        package var severity: Int
        package var limit: Double
    }

    /// Event times in milliseconds; the end is not part of it.
    package var validFrom = Int64.min
    package var validTo = Int64.max
    package var conversion = Conversion()
    package var unit: String?
    /// By rising severity; limits fall on the lower side.
    package var above: [Level] = []
    package var below: [Level] = []
    package var rate: [Level] = []
    package var hysteresis = 0.0
    package var holdMilliseconds: Int64 = 0
    package var ratePerMilliseconds: Int64 = 0
    package var overdueAfterMilliseconds: Int64?
    package var tell: String?
    package var response: String?
    package var northing: Double?
    package var easting: Double?
    package var depth: Double?

    package func levels(_ side: AlarmSide) -> [Level] {
        switch side {
        case .above: above
        case .below: below
        case .rate: rate
        case .overdue: []
        }
    }
}
