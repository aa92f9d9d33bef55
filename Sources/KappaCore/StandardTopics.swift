/// The topics that a pipeline has unless it is told of others.
package enum StandardTopics {
    /// The log of raw readings.
    package static let input = "monitoring"
    /// The results, one topic for each kind of instrument; the kind's name is the topic's.
    package static let instruments = [
        "water_standpipe", "piezometer", "settlement_marker", "extensometer", "strain_gauge",
    ]
}
