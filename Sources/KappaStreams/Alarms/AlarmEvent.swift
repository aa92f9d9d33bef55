/// What happened to an alarm. A record of the alarm topic is one of these; the last one of each alarm is its state.
package enum AlarmEvent: String, CaseIterable, Sendable {
    case raised
    case escalated
    case eased
    case cleared
    case overdue
    /// A sensor that was overdue has given a reading.
    case back
    /// The alarm stands as it was and has a new peak.
    case peak
}

/// What stands of one alarm of one sensor: a function of its last event.
package struct AlarmState: Equatable, Sendable {
    /// Zero when it is not raised.
    package var severity = 0
    package var since: Int64 = 0
    package var peak = 0.0
    package var peakTime: Int64 = 0
    /// The record that the last event came of.
    package var offset: Int64 = -1

    package init() {}
}
