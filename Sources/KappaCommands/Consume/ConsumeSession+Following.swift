import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// What a reader of stable names knows of the generations behind them.
struct ConsumeVoices {
    var speaking = SpeakingTopics()
    /// The names asked for, and the topic that each is read from.
    var topics: [(name: String, topic: String)] = []
    /// Names on their way to another topic: they are read on up to where the new generation speaks.
    var leaving: [String: SpeakingTopics.Voice] = [:]
    /// The account of generations is read along; until it is there, it is looked for now and then.
    var control: PartitionOffset?
    var lastLook = ContinuousClock.now
}

/// Readers of the results' stable names hear the generation that speaks, and go over to another when the pointer
/// moves: in every partition the old one is read up to the window where the new one begins to speak.
///
/// A result bears the time of its window's end less a millisecond, and within a partition these times never go back.
/// So a time parts what was heard from what is yet to come, whatever the windows of the two are.
extension ConsumeSession {
    /// The topics behind the names; said once where one is another than its name.
    func resolve(_ names: [String]) throws -> [String] {
        voices.topics = names.map { ($0, $0) }
        guard follows else { return names }
        try look(tells: true)
        return voices.topics.map(\.topic)
    }

    /// Reads the account anew, and from its end along with everything else.
    private func look(tells: Bool) throws {
        voices.lastLook = .now
        let client = consumer.client
        guard try ControlAccount.isKept(client) else { return }
        let at = TopicPartition(ControlLog.topic, 0)
        let end = try client.watermarks(at).high
        voices.speaking = try SpeakingTopics(client.configuration, client)
        if !isBounded, !isGrouped { voices.control = PartitionOffset(at, end) }
        guard tells else { return }
        for index in voices.topics.indices {
            let name = voices.topics[index].name
            guard let voice = voices.speaking.voice(of: name), voice.topic != name else { continue }
            voices.topics[index].topic = voice.topic
            context.messages.note(
                "'\(name)' is read from '\(voice.topic)': generation \(voice.generation) of '\(voice.job)' is active")
        }
    }

    /// A record of a partition that is not held: news of the pointer, or what was under way when it was given up.
    func overhear(_ message: Message) {
        guard voices.control != nil, message.topic == ControlLog.topic else { return }
        voices.speaking.hear(message)
        hasNews = true
    }

    /// Between two polls: goes over to another generation where the pointer has moved.
    func followPointer() throws {
        guard follows, !isBounded, !isGrouped else { return }
        if voices.control == nil, voices.lastLook.duration(to: .now) > .seconds(2) {
            try look(tells: false)
            if voices.control != nil { try assignAnew() }
            hasNews = true
        }
        if hasNews {
            hasNews = false
            for place in voices.topics { try compare(place.name, place.topic) }
        }
        for (name, voice) in voices.leaving where hasHeardAll(of: name) { try goOver(name, to: voice) }
    }

    private func compare(_ name: String, _ topic: String) throws {
        guard let voice = voices.speaking.voice(of: name) else { return }
        settle()
        guard voice.topic != topic else {
            // Back before it had gone.
            guard voices.leaving.removeValue(forKey: name) != nil else { return }
            for at in held.keys where at.topic == topic { held[at]?.limit = .max }
            return
        }
        guard voices.leaving.updateValue(voice, forKey: name) == nil else { return }
        for (at, progress) in held where at.topic == topic {
            held[at]?.limit = max(voice.from ?? .min, progress.time.map { $0 + 1 } ?? .min)
            held[at]?.high = try consumer.client.watermarks(at).high
        }
    }

    private func hasHeardAll(of name: String) -> Bool {
        guard let topic = voices.topics.first(where: { $0.name == name })?.topic else { return false }
        return held.allSatisfy { at, progress in
            at.topic != topic || progress.isPast || progress.eof ?? -1 >= progress.high
        }
    }

    private func goOver(_ name: String, to voice: SpeakingTopics.Voice) throws {
        guard let index = voices.topics.firstIndex(where: { $0.name == name }) else { return }
        let old = voices.topics[index].topic
        var limits: [Int32: Int64] = [:]
        for (at, progress) in held where at.topic == old {
            limits[at.partition] = progress.limit
            held[at] = nil
        }
        let wanted = context[ConsumeOptions.partitions]
        for at in try consumer.client.partitions(of: voice.topic) where wanted.isEmpty || wanted.contains(at.partition)
        {
            let limit = limits[at.partition] ?? voice.from ?? .min
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
        voices.topics[index].topic = voice.topic
        voices.leaving[name] = nil
        try assignAnew()
        let from = voice.from.map { " from \(Timestamp(milliseconds: $0)) on" } ?? ""
        context.messages.note(
            "'\(name)' is read from '\(voice.topic)'\(from): generation \(voice.generation) of '\(voice.job)' is active"
        )
    }

    /// Everything that is held from where it is, with the account of generations.
    private func assignAnew() throws {
        slots.removeAll()
        settle()
        var places: [PartitionOffset] = []
        for position in try consumer.positions(Array(held.keys)) {
            guard let progress = held[position.at] else { continue }
            // A position may be of another time, when the same topic spoke before.
            let isKnown = !progress.isNew && position.offset >= 0
            places.append(PartitionOffset(position.at, isKnown ? position.offset : progress.start))
        }
        if let control = voices.control {
            let position = try consumer.positions([control.at]).first?.offset ?? -1
            places.append(PartitionOffset(control.at, position >= 0 ? position : control.offset))
        }
        try consumer.assign(places)
    }
}
