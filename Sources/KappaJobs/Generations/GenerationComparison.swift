package import KappaCore
package import KappaKafka

/// Compares what two generations have said of the windows that both have closed.
package struct GenerationComparison {
    package let difference: WindowDifference
    /// Windows that only one of them has had the time to close.
    package let beyond: Int64

    /// - Parameter judge: tells the windows beyond a level apart from the others.
    package init(
        old: Generation, new: Generation, kafka: KafkaConfiguration, client: KafkaClient, samples: Int, voice: Voice,
        judge: WindowDifference.Judge? = nil
    ) throws {
        let (limit, isAligned) = try GenerationComparison.limit(old, new, client)
        let from = max(old.fromMilliseconds ?? .min, new.fromMilliseconds ?? .min)
        let left = try ResultReading(old, kafka, client, from: from, limit: limit)
        let right = try ResultReading(new, kafka, client, from: from, limit: limit)
        let heard = try ComparisonProgress([old, new], client, voice: voice)
        defer { heard?.end() }
        (left.onRecord, right.onRecord) = (heard?.read, heard?.read)
        var difference = WindowDifference(samples: samples, judge: judge)
        // How alarms stand follows from all that happened to them, which is the second topic.
        for output in new.outputs.indices where new.moment == nil || output > 0 {
            // Where partitions hold the same windows, each is compared for itself.
            let all = try (client.partitions(of: old.topics[output]) + client.partitions(of: new.topics[output]))
                .map(\.partition)
            let parts = isAligned ? Set(all).sorted().map { [$0] } : [Array(Set(all))]
            for part in parts { try GenerationComparison.compare(output, part, left, right, &difference) }
        }
        self.difference = difference
        beyond = left.beyond + right.beyond
        guard left.unreadable + right.unreadable == 0 else {
            throw JobFailure("\(left.unreadable + right.unreadable) records of the compared topics are not results")
        }
    }

    /// Block by block as they come. Only where one of the two is out of order all of it is put in order first.
    private static func compare(
        _ output: Int, _ part: [Int32], _ left: ResultReading, _ right: ResultReading,
        _ difference: inout WindowDifference
    ) throws {
        let before = (difference, (left.beyond, left.unreadable), (right.beyond, right.unreadable))
        try left.begin(output, partitions: part)
        try right.begin(output, partitions: part)
        do {
            try merge(left, right, &difference)
        } catch is ResultReading.Unordered {
            difference = before.0
            left.restore(before.1)
            right.restore(before.2)
            try left.begin(output, partitions: part)
            try right.begin(output, partitions: part)
            difference.add(old: WindowResult.settled(try left.all()), new: WindowResult.settled(try right.all()))
        }
    }

    private static func merge(
        _ left: ResultReading, _ right: ResultReading, _ difference: inout WindowDifference
    ) throws {
        var (old, new) = (try left.next(), try right.next())
        while let end = [old?[0].end, new?[0].end].compactMap({ $0 }).min() {
            let (isOld, isNew) = (old?[0].end == end, new?[0].end == end)
            difference.add(
                old: isOld ? WindowResult.settled(old ?? []) : [], new: isNew ? WindowResult.settled(new ?? []) : [])
            if isOld { old = try left.next() }
            if isNew { new = try right.next() }
        }
    }

    /// Results lie in the partition of their input where both have as many; then each partition is compared as far as
    /// its own clocks have come, else all of them as far as the slowest.
    private static func limit(
        _ old: Generation, _ new: Generation, _ client: KafkaClient
    ) throws -> (limit: @Sendable (Int32) -> Int64?, isAligned: Bool) {
        let (left, right) = (try GenerationPlaces(old, client), try GenerationPlaces(new, client))
        let (before, after) = (left.closedUpTo, right.closedUpTo)
        for (places, closed) in [(left, before), (right, after)] where closed.isEmpty {
            throw JobFailure(
                "generation \(places.generation.number) of '\(old.job)' has not closed a window yet",
                hint: "'kappa replay status' shows how far it has come")
        }
        let together = before.merging(after) { min($0, $1) }
        let slowest = min(before.values.min() ?? .min, after.values.min() ?? .min)
        let counts = try (old.topics + new.topics).map { try client.partitions(of: $0).count }
        let isAligned = counts.allSatisfy { $0 == left.partitions && $0 == right.partitions }
        guard isAligned else { return ({ _ in slowest }, false) }
        let limit: @Sendable (Int32) -> Int64? = { partition in
            guard before[partition] != nil, after[partition] != nil else { return Int64.min }
            return together[partition]
        }
        return (limit, true)
    }
}

/// How far a comparison is, by the results of both generations.
private final class ComparisonProgress {
    private var progress: Progress
    private var count: Int64 = 0

    /// Nothing where nobody looks.
    init?(_ generations: [Generation], _ client: KafkaClient, voice: Voice) throws {
        guard voice.showsProgress else { return nil }
        let partitions = try generations.flatMap { try $0.topics.flatMap { try client.partitions(of: $0) } }
        let total = try client.watermarks(of: partitions).values.reduce(0) { $0 + $1.high - $1.low }
        progress = Progress("comparing", total: total, voice: voice)
    }

    func read() {
        count += 1
        progress.update(count)
    }

    func end() { progress.end() }
}
