import KappaCore
import KappaKafka

/// Compares what two generations have said of the windows that both have closed.
struct GenerationComparison {
    let difference: WindowDifference
    /// Windows that only one of them has had the time to close.
    let beyond: Int64

    init(old: Generation, new: Generation, kafka: KafkaConfiguration, client: KafkaClient, samples: Int) throws {
        let limit = try GenerationComparison.limit(old, new, client)
        let from = max(old.fromMilliseconds ?? .min, new.fromMilliseconds ?? .min)
        var left = ResultReading(kafka, client, from: from, limit: limit)
        var right = ResultReading(kafka, client, from: from, limit: limit)
        difference = WindowDifference(old: try left.read(old), new: try right.read(new), samples: samples)
        beyond = left.beyond + right.beyond
        guard left.unreadable + right.unreadable == 0 else {
            throw CommandFailure("\(left.unreadable + right.unreadable) records of the topics compared are no results")
        }
    }

    /// Results lie in the partition of their input where both have as many; then each partition is compared as far as
    /// its own clocks have come, else all of them as far as the slowest.
    private static func limit(
        _ old: Generation, _ new: Generation, _ client: KafkaClient
    ) throws -> @Sendable (Int32) -> Int64? {
        let (left, right) = (try GenerationPlaces(old, client), try GenerationPlaces(new, client))
        let (before, after) = (left.closedUpTo, right.closedUpTo)
        for (places, closed) in [(left, before), (right, after)] where closed.isEmpty {
            throw CommandFailure(
                "generation \(places.generation.number) of '\(old.job)' has not closed a window yet",
                hint: "'kappa replay status' shows how far it has come")
        }
        let together = before.merging(after) { min($0, $1) }
        let slowest = min(before.values.min() ?? .min, after.values.min() ?? .min)
        let counts = try (old.topics + new.topics).map { try client.partitions(of: $0).count }
        let isAligned = counts.allSatisfy { $0 == left.partitions && $0 == right.partitions }
        guard isAligned else { return { _ in slowest } }
        return { partition in
            guard before[partition] != nil, after[partition] != nil else { return Int64.min }
            return together[partition]
        }
    }
}
