import KappaCore
import KappaDirect
import KappaKafka

/// Partitions come and go, and brokers do.
extension ProcessSession {
    /// What is given comes beside what is held, whose results are committed first: the transactional id may change.
    func begin(_ given: [TopicPartition]) throws -> [PartitionOffset] {
        progress.hasAssignment = true
        guard !given.isEmpty else { return [] }
        if !progress.partitions.isEmpty {
            lookAtClock()
            try commit()
        }
        try prepareWriter(for: progress.partitions.map(\.at) + given)
        let count = try input.consumer.client.partitions(of: spec.input).count
        stages = JobStage.stages(stages, grownTo: count, of: spec)
        let start = SessionStart(spec: spec, stages: stages, consumer: input.consumer)
        let begun = try start.begin(given, now: spec.clock.now())
        progress.take(begun)
        try input.follow(progress.partitions, by: path)
        board.detail(
            "given \(given.map(\.description).joined(separator: ", ")), "
                + path.description(spec.kafka, isReading: input.isDirect))
        return begun.map { PartitionOffset($0.at, $0.readOffset) }
    }

    /// What is in hand is committed while the partitions are still ours. Where they are lost, another worker may have
    /// begun at the last commit; what came after it is dropped here and done there.
    func release(_ taken: [TopicPartition], isLost: Bool) throws {
        FailPoint.pass(.onRevoke)
        tellOfLoss(taken)
        suspension = nil
        defer { progress.letGo(taken) }
        guard !progress.partitions.isEmpty else { return }
        if isLost { throw SessionLost() }
        lookAtClock()
        try commit()
        progress.letGo(taken)
        try input.follow(progress.partitions, by: path)
        try prepareWriter(for: progress.partitions.map(\.at))
    }

    func tellOfLoss(_ taken: [TopicPartition]) {
        guard !taken.isEmpty else { return }
        board.detail("gave up \(taken.map(\.description).joined(separator: ", "))")
    }

    /// The transactional id goes with the first partition that is held: its next owner, whoever that is, ends a
    /// transaction that this one leaves open, and shuts this one out.
    private func prepareWriter(for held: [TopicPartition]) throws {
        guard let first = held.min(by: { order($0) < order($1) }) else { return }
        let id = "\(spec.group).\(first.topic == spec.input ? "" : "keyed.")\(first.partition)"
        guard writer?.transactionalId != id else { return }
        dropWriter()
        let outlet = try path.outlet(spec, transactionalId: id, client: input.consumer.client)
        writer = try JobWriter(spec, topics: topics, transactionalId: id, outlet: outlet)
    }

    private func order(_ at: TopicPartition) -> (Int, Int32) { (at.topic == spec.input ? 0 : 1, at.partition) }

    // MARK: A broker that goes away

    struct Suspension {
        let given: [TopicPartition]
        let since: ContinuousClock.Instant
        var nextTry: ContinuousClock.Instant
        var pauses = BackOff(from: .milliseconds(100), to: .seconds(1))
    }

    /// How long the place in the group is held without a broker.
    private static let patience: Duration = .seconds(60)

    /// The partitions stay this member's: one that left the group, or began anew in it, would have to wait until the
    /// broker that comes back misses the old one.
    func suspend(_ error: any Error) throws {
        let held = progress.partitions.map(\.at)
        guard KafkaPath.isAway(error), !input.group.hasFailed, input.isDirect, !held.isEmpty else { throw error }
        board.note("starting again from the last commit: \(ProcessWorker.sentence(error))")
        suspension = Suspension(given: held, since: .now, nextTry: .now)
        forget()
    }

    /// Begins again what was suspended, when it is time to try.
    func resume() throws {
        guard var waiting = suspension, waiting.nextTry <= .now else { return }
        do {
            _ = try begin(waiting.given)
            guard input.isDirect else { throw SessionLost() }
            suspension = nil
            board.note("going on from the last commit")
        } catch {
            let kind = (error as? any Failure)?.kind
            guard kind == .unreachable || kind == .timedOut, waiting.since.duration(to: .now) < ProcessSession.patience
            else { throw error }
            board.detail(ProcessWorker.sentence(error))
            forget()
            waiting.nextTry = .now + waiting.pauses.pause()
            suspension = waiting
        }
    }
}
