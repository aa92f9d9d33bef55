import KappaCore
package import KappaKafka
package import KappaStreams

/// Where a worker begins in the partitions it has been given: the committed places, and what stands beside them.
struct SessionStart {
    let spec: JobSpec
    let stages: [JobStage]
    let consumer: Consumer

    func begin(_ given: [TopicPartition], now: ContinuousClock.Instant) throws -> [InputPartition] {
        let ticks = spec.readsTicks ? try TickLog.read(spec, client: consumer.client) : [:]
        let places = try consumer.committed(given)
        // Asked for afterwards: no place lies behind an end that is younger than it.
        let logs = try consumer.client.watermarks(of: given)
        let ends = try bounds(given, logs)
        // After the places too: what was committed with them stands in the state by now.
        let states = try RestoredAlarms(spec, stages, given, consumer.client)
        return try places.map { committed in
            guard let stage = stages.first(where: { $0.topic == committed.at.topic }) else {
                throw ProcessFailure("the group gave a partition of '\(committed.at.topic)', which is not this job's")
            }
            if let error = committed.error { throw error }
            guard let log = logs[committed.at] else { throw ProcessFailure("\(committed.at) is not there") }
            let partition = try begin(committed, stage, log, now)
            let position = partition.position
            try states.restore(partition, isNew: committed.offset < 0)
            partition.bound = ends[committed.at].map { max($0, position) }
            (partition.task as? AlarmJob)?.expect(
                (ticks[committed.at] ?? []).filter { $0.offset >= committed.offset && $0.offset < position }
                    .map { ($0.offset, $0.clock) })
            partition.ticks = (ticks[committed.at] ?? []).filter { $0.offset >= position }[...]
            return partition
        }
    }

    private func begin(
        _ committed: PartitionOffset, _ stage: JobStage, _ log: Watermarks, _ now: ContinuousClock.Instant
    ) throws -> InputPartition {
        let task = stage.makeTask(spec, partition: committed.at.partition)
        guard committed.offset >= 0 else {
            return InputPartition(
                at: committed.at, stage: stage, task: task, payload: spec.payload, position: log.low, committed: nil,
                now: now)
        }
        let state = try check(committed, stage, log)
        guard task.restore(clockWords: state.clock) else { throw ProcessFailure.foreign(committed, spec) }
        let partition = InputPartition(
            at: committed.at, stage: stage, task: task, payload: spec.payload, position: state.position,
            committed: committed, now: now)
        partition.isRebuilding = committed.offset < state.position
        return partition
    }

    private func check(
        _ committed: PartitionOffset, _ stage: JobStage, _ log: Watermarks
    ) throws -> CommittedState {
        let state = try CommittedState(committed, of: stage, spec)
        guard committed.offset >= log.low else {
            throw ProcessFailure(
                "\(committed.at): the log begins at \(log.low), but this job still needs it from \(committed.offset) on",
                hint: "records were deleted before they were processed; --name starts a new job at the log's beginning")
        }
        guard state.position <= log.high else {
            throw ProcessFailure(
                "\(committed.at): the log ends at \(log.high), before this job's position \(state.position)",
                hint: "the topic was deleted and recreated; --name starts a new job at its beginning")
        }
        return state
    }

    /// The ends of a bounded run, by the input's partitions.
    private func bounds(
        _ given: [TopicPartition], _ logs: [TopicPartition: Watermarks]
    ) throws -> [TopicPartition: Int64] {
        let inputs = given.filter { $0.topic == spec.input }
        guard spec.drains || spec.until != nil else { return [:] }
        var ends: [TopicPartition: Int64] = [:]
        for at in inputs { ends[at] = logs[at]?.high }
        guard let until = spec.until else { return ends }
        for found in try consumer.client.offsets(atOrAfter: until, in: inputs) where found.offset >= 0 {
            ends[found.at] = min(found.offset, ends[found.at] ?? found.offset)
        }
        return ends
    }
}

extension JobSpec {
    /// Of a commit that an older kappa wrote, without its rules: its pipelines had a grace of their own.
    fileprivate func unrecordedDifferences(_ state: CommittedState) -> [String] {
        guard case .windows(var plan) = work else { return [] }
        let rules = self.rules
        for grace in [2_000, 10_000] as [Int64] {
            plan.graceMilliseconds = grace
            var other = self
            other.work = .windows(plan)
            if other.fingerprint == state.fingerprint { return rules.differences(from: other.rules) }
        }
        return []
    }
}

extension CommittedState {
    /// What stands beside a place that this job committed, with the rules that it still has.
    ///
    /// - Parameter rules: what another partition's commit says of the rules.
    package init(
        _ committed: PartitionOffset, of stage: JobStage, _ spec: JobSpec, rules: JobRules? = nil
    ) throws(ProcessFailure) {
        guard var state = CommittedState(words: committed.metadata ?? "") else {
            throw ProcessFailure.foreign(committed, spec)
        }
        state.rules = state.rules ?? rules
        guard spec.adoptsRegister || stage.goesOn(from: state.fingerprint, spec) else {
            throw ProcessFailure.otherRules(state, spec)
        }
        self = state
    }
}

extension ProcessFailure {
    /// Says which options differ, as far as it is known.
    static func otherRules(_ state: CommittedState, _ spec: JobSpec) -> ProcessFailure {
        var differences = state.rules.map { spec.rules.differences(from: $0) } ?? spec.unrecordedDifferences(state)
        if differences.isEmpty, state.rules != nil {
            differences = ["'\(spec.input)' has another number of partitions now"]
        }
        let what = differences.isEmpty ? "which of them was not recorded" : differences.joined(separator: ", ")
        return ProcessFailure(
            "the job '\(spec.name)' was started with other rules: \(what)", kind: .usage,
            hint: "give it the options it was started with; or 'kappa replay start' processes the log again under "
                + "the new ones, and --name starts another job beside it")
    }

    fileprivate static func foreign(_ committed: PartitionOffset, _ spec: JobSpec) -> ProcessFailure {
        ProcessFailure(
            "the group '\(spec.group)' has an offset in \(committed.at) that no 'kappa process' of this shape wrote",
            hint: "--name takes another group; 'kappa groups delete \(spec.group)' forgets the old one")
    }
}
