package import KappaCore
package import KappaKafka
import KappaStreams

/// Tells people of alarms, at least once, with a key by which a receiver drops repeats.
///
/// How far it has come stands in the log (`TellingState`): a message is noted, sent, and noted as sent. What could not
/// be told is tried again until it is, and nothing is told past it.
package final class AlarmNotifier {
    package struct Settings {
        package var alarms: String
        package var kafka: KafkaConfiguration
        /// The field of the event time.
        package var time = "timestamp"
        package var pace = AlarmMailbox.Pace()
        package var receivers: [AlarmReceiver]
        /// Tell what there is, without waiting for more, and end.
        package var drains = false

        package init(alarms: String, kafka: KafkaConfiguration, receivers: [AlarmReceiver]) {
            (self.alarms, self.kafka, self.receivers) = (alarms, kafka, receivers)
        }
    }

    private struct Desk {
        let receiver: AlarmReceiver
        var mailbox: AlarmMailbox
        /// What has come and was not told, and from where to where it lies.
        var waiting: [AlarmRecord] = []
        var from: [Int32: Int64]
        var upTo: [Int32: Int64]
        var reminded: Timestamp?
        /// Noted, and not known to be sent.
        var underWay: AlarmMessage?
        /// The time of a reminder that is not known to be sent.
        var remindsAbout: Timestamp?
        /// While what was under way before is being read again: how far it went.
        var resendsUpTo: [Int32: Int64]?
    }

    private let settings: Settings
    private let voice: Voice
    private let stop: StopSignal
    private let client: KafkaClient
    private let tail: TopicTail
    private let producer: Producer
    private let told: ProducerTopic
    private var desks: [Desk] = []
    private var ends: [Int32: Int64] = [:]
    private var places: [Int32: Int64] = [:]
    package private(set) var messages = 0

    private var plainHistory: String { "\(settings.alarms).history" }
    /// The history of the active generation, and when it was last asked which that is.
    private var history = ""
    private var lastLook = ContinuousClock.now

    package init(_ settings: Settings, voice: Voice, stop: StopSignal) throws {
        (self.settings, self.voice, self.stop) = (settings, voice, stop)
        client = try KafkaClient(settings.kafka)
        history = try ActiveGenerations(settings.kafka, client).topic(of: "\(settings.alarms).history")
        let topics = Set(try client.metadata().topics.map(\.name))
        guard topics.contains(history) else {
            throw JobFailure(
                "there is no topic '\(history)'",
                hint: "'kappa alarms run' writes it; --alarms names another one")
        }
        _ = try ReplayTarget.prepare(
            TellingState.topic(of: settings.alarms), partitions: 1, settings: [("cleanup.policy", "compact")],
            creates: true, client: client)
        tail = try TopicTail(TopicTail.quick(settings.kafka))
        producer = try Producer(settings.kafka)
        told = try producer.topic(TellingState.topic(of: settings.alarms))
    }

    package func run() throws {
        if desks.isEmpty { try begin() }
        while !stop.isRequested {
            try tail.read(within: .milliseconds(200)) { event in
                switch event {
                case .record(let message, _): hear(message)
                case .end(let at, let offset): places[at.partition] = max(places[at.partition] ?? 0, offset)
                }
            }
            for index in desks.indices { try serve(index) }
            try followSwitch()
            if settings.drains, isDrained { return }
        }
    }

    /// Another generation of the alarms may have become the active one. What stands by it is told first, as to a
    /// receiver that is new: places in the one history say nothing of the other.
    private func followSwitch() throws {
        guard lastLook.duration(to: .now) > .seconds(5) else { return }
        lastLook = .now
        // A broker that does not answer just now is asked again.
        guard let now = try? ActiveGenerations(settings.kafka, client).topic(of: plainHistory), now != history else {
            return
        }
        voice.note("'\(now)' is the active history now")
        history = now
        (desks, ends, places) = ([], [:], [:])
        try begin()
    }

    /// A receiver that is new is told what stands, and what happens from now on.
    package func begin() throws {
        var states: [String: TellingState] = [:]
        try TopicReading.all(of: told.name, settings.kafka, client) { message in
            guard let state = TellingState(message.value) else { return }
            states[state.target] = state.history ?? plainHistory == history ? state : nil
        }
        let logs = try client.watermarks(of: try client.partitions(of: history))
        for (at, log) in logs { ends[at.partition] = log.high }
        for receiver in settings.receivers {
            let state = states[receiver.name]
            let isOpen = state.map { $0.outcome != .told } ?? false
            let from = (isOpen ? state?.from : state?.upTo) ?? ends
            let since = state?.reminded.map { Duration.milliseconds(Timestamp.now.milliseconds - $0.milliseconds) }
            var desk = Desk(
                receiver: receiver, mailbox: AlarmMailbox(settings.pace, now: .now, reminded: since), from: from,
                upTo: from, reminded: state?.reminded)
            if isOpen, let state, state.from != state.upTo { desk.resendsUpTo = state.upTo }
            if isOpen, let state, state.from == state.upTo, settings.pace.remind != nil {
                desk.remindsAbout = state.reminded
                desk.mailbox = AlarmMailbox(settings.pace, now: .now, reminded: nil)
            }
            desks.append(desk)
            // What comes from here on is for a new one too, whenever it is looked for.
            if state == nil { try note(desks.count - 1, .told) }
        }
        for (at, log) in logs {
            let earliest = desks.map { $0.from[at.partition] ?? 0 }.min() ?? log.high
            places[at.partition] = max(log.low, min(earliest, log.high))
        }
        try tail.begin(logs.keys.map { TopicTail.Span($0, from: places[$0.partition] ?? 0) })
    }

    private func hear(_ message: Message) {
        places[message.partition] = message.offset + 1
        guard let record = AlarmRecord(message, time: settings.time) else { return }
        for index in desks.indices where message.offset >= desks[index].upTo[message.partition] ?? 0 {
            if desks[index].receiver.hears(record) {
                desks[index].waiting.append(record)
                desks[index].mailbox.came(at: .now)
            }
        }
    }

    /// Whether all that was under way before has been read again.
    private func isReadUp(to places: [Int32: Int64]) -> Bool {
        places.allSatisfy { partition, offset in (self.places[partition] ?? 0) >= offset }
    }

    private func serve(_ index: Int) throws {
        let now = ContinuousClock.now
        if let upTo = desks[index].resendsUpTo {
            guard isReadUp(to: upTo) else { return }
            desks[index].resendsUpTo = nil
            return try compose(index, upTo: upTo)
        }
        switch settings.drains && !desks[index].waiting.isEmpty && desks[index].underWay == nil
            ? .tell : desks[index].mailbox.step(at: now)
        {
        case .wait: break
        case .tell: try compose(index, upTo: places)
        case .retry: try send(index)
        case .remind: try remind(index)
        }
    }

    /// Makes a message of what has come up to a place, and notes it before it is sent. What lies on a shelf is passed
    /// over; what was acknowledged meanwhile has been seen.
    private func compose(_ index: Int, upTo: [Int32: Int64]) throws {
        let due = desks[index].waiting.filter { $0.offset < upTo[$0.place.partition] ?? 0 }
        desks[index].waiting.removeAll { $0.offset < upTo[$0.place.partition] ?? 0 }
        let account = try AlarmAccount(settings.alarms, time: settings.time, settings.kafka, client)
        let now = Timestamp.now
        let events = due.filter { !account.standing($0).isShelved(at: now) }
        desks[index].upTo = upTo
        guard !events.isEmpty else {
            desks[index].from = upTo
            return desks[index].mailbox.told(at: .now, something: false)
        }
        desks[index].underWay = AlarmMessage(.events, to: desks[index].receiver.name, events)
        try note(index, .telling)
        try send(index)
    }

    private func remind(_ index: Int) throws {
        let now = desks[index].remindsAbout ?? .now
        desks[index].remindsAbout = nil
        let account = try AlarmAccount(settings.alarms, time: settings.time, settings.kafka, client)
        let receiver = desks[index].receiver
        let open = account.standings.filter { $0.isOpen(at: .now) && receiver.hears($0.record) }.map(\.record)
        desks[index].mailbox.reminded(at: .now)
        desks[index].reminded = now
        guard !open.isEmpty else { return }
        desks[index].underWay = AlarmMessage(.reminder, to: receiver.name, open, about: now)
        try note(index, .telling)
        try send(index)
    }

    private func send(_ index: Int) throws {
        guard let message = desks[index].underWay else { return }
        let name = desks[index].receiver.name
        do {
            try desks[index].receiver.courier.tell(message)
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            if !desks[index].mailbox.isFailing {
                voice.warning("\(name) could not be told of \(message.events.count) events: \(reason); trying again")
            }
            desks[index].mailbox.failed(at: .now)
            return try note(index, .failed, reason)
        }
        FailPoint.pass(.alarmSent)
        if desks[index].mailbox.isFailing { voice.note("\(name) could be told again") }
        desks[index].mailbox.told(at: .now, something: true)
        if !desks[index].waiting.isEmpty { desks[index].mailbox.came(at: .now) }
        desks[index].underWay = nil
        desks[index].from = desks[index].upTo
        messages += 1
        try note(index, .told, nil, message)
    }

    private func note(
        _ index: Int, _ outcome: TellingState.Outcome, _ reason: String? = nil, _ message: AlarmMessage? = nil
    ) throws {
        let desk = desks[index]
        var state = TellingState(
            target: desk.receiver.name, outcome: outcome, time: .now, from: desk.from, upTo: desk.upTo)
        let message = message ?? desk.underWay
        state.history = history == plainHistory ? nil : history
        (state.key, state.events) = (message?.key ?? "", message?.events.count ?? 0)
        (state.reason, state.reminded) = (reason, desk.reminded)
        let sent = try Array(desk.receiver.name.utf8).withUnsafeBytes { key in
            try state.json.withUnsafeBytes { value in
                try producer.produce(to: told, partition: 0, key: key, value: value, timestamp: state.time)
            }
        }
        guard sent, producer.flush(timeout: .seconds(30)), producer.tally.firstFailure == nil else {
            throw producer.tally.firstFailure.map { $0 as any Error }
                ?? JobFailure("'\(told.name)': no broker has confirmed it in 30s", kind: .timedOut)
        }
    }

    /// Everything that was there at the beginning has been told, or cannot be told just now.
    private var isDrained: Bool {
        isReadUp(to: ends)
            && desks.allSatisfy { desk in
                desk.waiting.isEmpty && desk.underWay == nil && desk.resendsUpTo == nil
                    && desk.mailbox.step(at: .now) == .wait
            } || desks.contains { $0.mailbox.isFailing }
    }

    /// Who could not be told, for a bounded run's end.
    package var failing: [String] { desks.filter(\.mailbox.isFailing).map(\.receiver.name) }
}
