package import KappaCore
package import KappaKafka
import KappaStreams

/// How far a generation has come, as its group's commits say.
package struct GenerationPlaces {
    package struct Place {
        package var at: TopicPartition
        /// The next record to be worked on.
        package var position: Int64
        /// The event time up to which everything was heard of; nil before the first reading.
        package var clock: Int64?
        package var end: Int64

        package var lag: Int64 { max(0, end - position) }
    }

    package let generation: Generation
    package let places: [Place]

    package init(_ generation: Generation, _ client: KafkaClient) throws {
        self.generation = generation
        var places: [Place] = []
        for offset in try client.groupOffsets(generation.group) {
            guard let state = CommittedState(words: offset.metadata ?? "") else { continue }
            places.append(
                Place(
                    at: offset.at, position: state.position, clock: GenerationPlaces.slowest(state.clock),
                    end: try client.watermarks(offset.at).high))
        }
        self.places = places.sorted { $0.at < $1.at }
    }

    /// A keyed topic's partition hears the clocks of all sources and goes by the slowest.
    private static func slowest(_ words: String) -> Int64? {
        let clocks = words.split { $0 == "," || $0 == "/" || $0 == ":" }.map { Int64($0) }
        guard !clocks.isEmpty, clocks.allSatisfy({ $0 != nil }) else { return nil }
        return clocks.compactMap { $0 }.min()
    }

    package var inputs: [Place] { places.filter { $0.at.topic == generation.input } }

    /// The partitions whose windows become results: those of the keyed topic, where there is one.
    private var windowed: [Place] {
        let keyed = places.filter { $0.at.topic == generation.keyed }
        return keyed.isEmpty ? inputs : keyed
    }

    /// The event time up to which all windows have closed, by partition.
    package var closedUpTo: [Int32: Int64] {
        Dictionary(
            uniqueKeysWithValues: windowed.compactMap { place in
                place.clock.map { (place.at.partition, $0 - generation.graceMilliseconds) }
            })
    }

    package var partitions: Int { windowed.count }
}
