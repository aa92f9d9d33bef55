package import KappaCore
package import KappaKafka
package import KappaStreams

/// Where a generation begins that does not begin at the beginning: its group's first commit.
package struct GenerationStart {
    private let spec: JobSpec
    private let generation: Generation
    private let client: KafkaClient

    package init(_ spec: JobSpec, _ generation: Generation, _ client: KafkaClient) {
        self.spec = spec
        self.generation = generation
        self.client = client
    }

    /// The time that a place in the log stands for; nil is the log's beginning. Of an offset it is the earliest event
    /// time of the records that follow there, in whatever partition.
    package static func time(
        of bound: OffsetRange.Bound, _ spec: JobSpec, _ plan: WindowPlan, _ client: KafkaClient
    ) throws -> Timestamp? {
        if case .time(let time) = bound { return time }
        if case .beginning = bound { return nil }
        var times = RangeTimes(field: FieldPath(plan.time) ?? FieldPath("timestamp")!)
        for at in try client.partitions(of: spec.input) {
            let log = try client.watermarks(at)
            if case .offset(let wanted) = bound, wanted < log.low {
                throw JobFailure("--from: \(at) begins at \(log.low), so there is no offset \(wanted) any more")
            }
            let offset = max(log.low, offset(of: bound, log))
            if offset < log.high { try times.readBeginning(at, from: offset, to: log.high, spec.kafka) }
        }
        guard let first = (times.event ?? times.log)?.lowerBound else {
            throw JobFailure(usage: "--from: no partition of '\(spec.input)' has a record there")
        }
        return Timestamp(milliseconds: first)
    }

    private static func offset(of bound: OffsetRange.Bound, _ log: Watermarks) -> Int64 {
        switch bound {
        case .offset(let offset): offset
        case .afterBeginning(let count): log.low + count
        case .beforeEnd(let count): log.high - count
        case .beginning, .stored, .time: log.low
        case .end: log.high
        }
    }

    /// The start of the first window that lies wholly at or after a time.
    package static func firstWindow(_ plan: WindowPlan, _ time: Timestamp?) -> Int64? {
        guard let time = time?.milliseconds else { return nil }
        let (count, rest) = time.flooredQuotientAndRemainder(dividingBy: plan.everyMilliseconds)
        return (rest == 0 ? count : count + 1) * plan.everyMilliseconds
    }

    /// Nothing is done where the group has a place already, or is to begin at the log's beginning.
    package func begin() throws {
        guard let from = generation.fromMilliseconds, case .windows(let plan) = spec.work else { return }
        guard try client.groupOffsets(spec.group).isEmpty else { return }
        let inputs = try client.partitions(of: spec.input)
        let stage = JobStage.stages(of: spec, partitions: inputs.count, keyedPartitions: inputs.count)[0]
        // Windows that begin earlier, and so would be partial, are closed from the start: their readings are late.
        let clock = from - plan.everyMilliseconds + plan.sizeMilliseconds + plan.graceMilliseconds
        // A reading may lie ahead of its record's own time by so much, and not by more.
        let earliest = Timestamp(milliseconds: from - plan.maxFutureMilliseconds)
        let places = try client.offsets(atOrAfter: earliest, in: inputs).map { found in
            if let error = found.error { throw error }
            let offset = found.offset >= 0 ? found.offset : try client.watermarks(found.at).high
            let state = CommittedState(position: offset, clock: "\(clock)", fingerprint: stage.fingerprint(spec))
            return PartitionOffset(found.at, offset, metadata: state.words)
        }
        let consumer = try Consumer(spec.kafka, group: spec.group)
        try consumer.commit(places)
        consumer.close()
    }
}
