import KappaCore
import KappaKafka

/// What a reader of stable names knows of the generations behind them.
struct FollowedTopics {
    var generations = ActiveGenerations()
    /// The names asked for, and the topic that each is read from.
    var topics: [(name: String, topic: String)] = []
    /// Names on their way to another topic: they are read on up to where the new generation begins.
    var leaving: [String: ActiveGenerations.Active] = [:]
    /// The account of generations is read along; until it is there, it is looked for now and then.
    var control: PartitionOffset?
    var lastLook = ContinuousClock.now
}

/// Readers of the results' stable names read the active generation, and go over to another when the pointer moves: in
/// every partition the old one is read up to the window where the new one begins.
///
/// A result bears the time of its window's end less a millisecond, and within a partition these times never go back.
/// So a time parts what was read from what is yet to come, whatever the windows of the two are.
extension ConsumeSession {
    /// The topics behind the names; said once where one is another than its name.
    func resolve(_ names: [String]) throws -> [String] {
        followed.topics = names.map { ($0, $0) }
        guard follows else { return names }
        try look(tells: true)
        return followed.topics.map(\.topic)
    }

    /// Reads the account anew, and from its end along with everything else.
    private func look(tells: Bool) throws {
        followed.lastLook = .now
        let client = consumer.client
        guard try ControlAccount.isKept(client) else { return }
        let at = TopicPartition(ControlLog.topic, 0)
        let end = try client.watermarks(at).high
        followed.generations = try ActiveGenerations(client.configuration, client)
        if !isBounded, !isGrouped { followed.control = PartitionOffset(at, end) }
        guard tells else { return }
        for index in followed.topics.indices {
            let name = followed.topics[index].name
            guard let active = followed.generations.active(for: name), active.topic != name else { continue }
            followed.topics[index].topic = active.topic
            voice.note(
                "'\(name)' is read from '\(active.topic)': generation \(active.generation) of '\(active.job)' is active"
            )
        }
    }

    /// A record of a partition that is not held: news of the pointer, or what was under way when it was given up.
    func overhear(_ message: Message) {
        guard followed.control != nil, message.topic == ControlLog.topic else { return }
        followed.generations.hear(message)
        hasNews = true
    }

    /// Between two polls: goes over to another generation where the pointer has moved.
    func followPointer() throws {
        guard follows, !isBounded, !isGrouped else { return }
        if followed.control == nil, followed.lastLook.duration(to: .now) > .seconds(2) {
            try look(tells: false)
            if followed.control != nil { try assignAnew() }
            hasNews = true
        }
        if hasNews {
            hasNews = false
            for place in followed.topics { try compare(place.name, place.topic) }
        }
        for (name, active) in followed.leaving where hasHeardAll(of: name) { try goOver(name, to: active) }
    }

    private func compare(_ name: String, _ topic: String) throws {
        guard let active = followed.generations.active(for: name) else { return }
        settle()
        guard active.topic != topic else {
            // Back before it had gone.
            guard followed.leaving.removeValue(forKey: name) != nil else { return }
            for at in held.keys where at.topic == topic { held[at]?.limit = .max }
            return
        }
        guard followed.leaving.updateValue(active, forKey: name) == nil else { return }
        for (at, progress) in held where at.topic == topic {
            held[at]?.limit = max(active.from ?? .min, progress.time.map { $0 + 1 } ?? .min)
            held[at]?.high = try consumer.client.watermarks(at).high
        }
    }

    private func hasHeardAll(of name: String) -> Bool {
        guard let topic = followed.topics.first(where: { $0.name == name })?.topic else { return false }
        return held.allSatisfy { at, progress in
            at.topic != topic || progress.isPast || progress.eof ?? -1 >= progress.high
        }
    }

    private func goOver(_ name: String, to active: ActiveGenerations.Active) throws {
        guard let index = followed.topics.firstIndex(where: { $0.name == name }) else { return }
        let old = followed.topics[index].topic
        var limits: [Int32: Int64] = [:]
        for (at, progress) in held where at.topic == old {
            limits[at.partition] = progress.limit
            held[at] = nil
        }
        let wanted = settings.partitions
        for at in try consumer.client.partitions(of: active.topic) where wanted.isEmpty || wanted.contains(at.partition)
        {
            let limit = limits[at.partition] ?? active.from ?? .min
            var progress = Progress(start: PartitionOffset.beginning, end: nil, isDone: false)
            // A broker may lead to the marker of a transaction, which bears the time of its writing.
            progress.floor = limit
            if limit > 0 {
                let found = try consumer.client.offsets(atOrAfter: Timestamp(milliseconds: limit), in: [at]).first
                if let error = found?.error { throw error }
                let offset = found?.offset ?? -1
                progress.start = offset >= 0 ? offset : try consumer.client.watermarks(at).high
            }
            held[at] = progress
        }
        followed.topics[index].topic = active.topic
        followed.leaving[name] = nil
        try assignAnew()
        let from = active.from.map { " from \(Timestamp(milliseconds: $0)) on" } ?? ""
        voice.note(
            "'\(name)' is read from '\(active.topic)'\(from): generation \(active.generation) of '\(active.job)' is active"
        )
    }

    /// Everything that is held from where it is, with the account of generations.
    private func assignAnew() throws {
        slots.removeAll()
        settle()
        var places: [PartitionOffset] = []
        for position in try consumer.positions(Array(held.keys)) {
            guard let progress = held[position.at] else { continue }
            // A position may be of another time, when the same topic was read before.
            let isKnown = !progress.isNew && position.offset >= 0
            places.append(PartitionOffset(position.at, isKnown ? position.offset : progress.start))
        }
        if let control = followed.control {
            let position = try consumer.positions([control.at]).first?.offset ?? -1
            places.append(PartitionOffset(control.at, position >= 0 ? position : control.offset))
        }
        try consumer.assign(places)
    }
}
