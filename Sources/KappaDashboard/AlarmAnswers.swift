import KappaCore
import KappaHTTP
import KappaJobs
import KappaKafka
import KappaStreams

/// What the page asks about alarms.
struct AlarmAnswers: Sendable {
    let watch: AlarmWatch
    let brokers: KafkaConfiguration

    enum Choice: String, CaseIterable { case standing, open, acknowledged, shelved, over, all }

    // MARK: How they stand

    func list(_ request: HTTPRequest) throws -> HTTPResponse {
        let view = try known()
        let choice = try request.choice("state", Choice.standing)
        let sensor = request.parameter("sensor").flatMap { $0.isEmpty ? nil : $0 }
        let now = Timestamp.now
        let standings = view.account.standings
        let listed = standings.filter { standing in
            standing.record.sensor == sensor ?? standing.record.sensor
                && AlarmAnswers.fits(AlarmAnswers.state(standing, now), choice)
        }
        var json = JSONWriter()
        json.object { json in
            json.key("isThere", view.isThere)
            json.key("topic", watch.topic)
            json.key("now", now.milliseconds)
            AlarmAnswers.write(AlarmFigures(standings, view, now), &json)
            json.key("rows")
            json.array { json in for standing in listed { AlarmAnswers.write(standing, now, &json) } }
            json.key("untold")
            json.array { json in
                for state in view.account.telling where state.outcome == .failed {
                    json.object {
                        $0.key("target", state.target)
                        $0.key("events", Int64(state.events))
                        $0.key("reason", state.reason)
                        $0.key("time", state.time.milliseconds)
                    }
                }
            }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    /// What the frame of every page shows.
    static func write(_ figures: AlarmFigures, _ json: inout JSONWriter) {
        json.key("figures")
        json.object {
            $0.key("version", Int64(figures.version))
            $0.key("isThere", figures.isThere)
            $0.key("open", Int64(figures.open))
            $0.key("standing", Int64(figures.standing))
            $0.key("severity", Int64(figures.severity))
            $0.key("level", figures.level)
            $0.key("trouble", figures.trouble)
        }
    }

    var figures: AlarmFigures {
        let view = watch.now
        return AlarmFigures(view.account.standings, view, .now)
    }

    private func known() throws -> AlarmWatch.View {
        let view = watch.settled
        if let trouble = view.trouble { throw Unavailable(message: trouble) }
        guard view.isWhole else {
            throw Unavailable(message: "the alarms are still being read; try again in a moment")
        }
        return view
    }

    private static func state(_ standing: AlarmAccount.Standing, _ now: Timestamp) -> Choice {
        guard standing.record.isRaised else { return .over }
        if standing.isShelved(at: now) { return .shelved }
        return standing.acknowledgement == nil ? .open : .acknowledged
    }

    private static func fits(_ state: Choice, _ wanted: Choice) -> Bool {
        wanted == .all || wanted == state || wanted == .standing && state != .over
    }

    private static func write(_ standing: AlarmAccount.Standing, _ now: Timestamp, _ json: inout JSONWriter) {
        let (record, state) = (standing.record, state(standing, now))
        let action = state == .shelved ? standing.shelf : standing.acknowledgement
        json.object { json in
            write(record, &json)
            json.key("state", state.rawValue)
            json.key("by", action?.by)
            json.key("comment", action?.comment)
            json.key("actedAt", action?.time.milliseconds)
            json.key("until", action?.until?.milliseconds)
        }
    }

    private static func write(_ record: AlarmRecord, _ json: inout JSONWriter) {
        let words = record.sensor.split(separator: "|", omittingEmptySubsequences: false)
        json.key("sensor", record.sensor)
        json.key("borehole", words.first.map(String.init))
        json.key("instrument", words.count == 2 ? String(words[1]) : nil)
        json.key("side", record.side.rawValue)
        json.key("event", record.event.rawValue)
        json.key("level", record.level)
        json.key("from", record.from)
        json.key("severity", Int64(record.severity))
        json.key("value", record.value)
        json.key("limit", record.limit)
        json.key("unit", record.unit)
        json.key("time", record.time.milliseconds)
        json.key("since", record.since.milliseconds)
        json.key("peak", record.peak)
        json.key("peakTime", record.peakTime?.milliseconds)
        json.key("tell", record.tell)
        json.key("response", record.response)
        json.key("reading", record.reading)
    }

    // MARK: What happened

    /// The newest events, and what people did, in the order of their times.
    func history(_ request: HTTPRequest) throws -> HTTPResponse {
        let view = try known()
        let sensor = request.parameter("sensor").flatMap { $0.isEmpty ? nil : $0 }
        let limit = Int(try request.whole("limit", 200, in: 1...2000))
        var events = try view.isThere ? events(of: sensor, limit) : []
        events += view.account.actions.compactMap { Event($0, of: sensor) }
        let newest = events.enumerated().sorted { ($0.element.time, $0.offset) > ($1.element.time, $1.offset) }
        var json = JSONWriter()
        json.object { json in
            json.key("truncated", newest.count > limit)
            json.key("rows")
            json.array { json in for (_, event) in newest.prefix(limit) { event.write(&json) } }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    private func events(of sensor: String?, _ limit: Int) throws -> [Event] {
        let client = try KafkaClient(brokers)
        let topic = "\(watch.topic).history"
        guard try client.metadata().topics.contains(where: { $0.name == topic }) else { return [] }
        let prefix = sensor.map { Array("\($0)|".utf8) } ?? []
        var found: [Event] = []
        try TopicReading.all(of: topic, brokers, client) { message in
            // Only what is asked for is taken apart.
            guard let key = message.key, key.starts(with: prefix),
                let record = AlarmRecord(message, time: "timestamp"), record.sensor == sensor ?? record.sensor
            else { return }
            found.append(.happened(record))
            if found.count >= 2 * limit { found.removeFirst(found.count - limit) }
        }
        return found.suffix(limit)
    }

    private enum Event {
        case happened(AlarmRecord)
        case done(AlarmAction, sensor: String, side: String?)

        init?(_ action: AlarmAction, of sensor: String?) {
            let words = action.name.split(separator: "|", omittingEmptySubsequences: false)
            let side = words.last.flatMap { AlarmSide(rawValue: String($0)) }
            let own = side == nil ? action.name : words.dropLast().joined(separator: "|")
            // A change of the register is of all sensors.
            guard own == sensor ?? own || action.kind == .register else { return nil }
            self = .done(action, sensor: own, side: side?.rawValue)
        }

        var time: Timestamp {
            switch self {
            case .happened(let record): record.time
            case .done(let action, _, _): action.time
            }
        }

        func write(_ json: inout JSONWriter) {
            json.object { json in
                switch self {
                case .happened(let record): AlarmAnswers.write(record, &json)
                case .done(let action, let sensor, let side):
                    json.key("sensor", sensor)
                    json.key("side", side)
                    json.key("event", action.kind.rawValue)
                    json.key("time", action.time.milliseconds)
                    json.key("by", action.by)
                    json.key("comment", action.comment)
                    json.key("until", action.until?.milliseconds)
                }
            }
        }
    }
}

/// How many alarms there are, and how bad it is.
struct AlarmFigures: Sendable {
    var version: Int
    var isThere: Bool
    /// Those that somebody still has to look at.
    var open: Int
    var standing: Int
    /// Of the worst of the open ones.
    var severity = 0
    var level: String?
    var trouble: String?

    init(_ standings: [AlarmAccount.Standing], _ view: AlarmWatch.View, _ now: Timestamp) {
        version = view.version
        isThere = view.isThere
        trouble = view.trouble
        standing = standings.count { $0.record.isRaised }
        let open = standings.filter { $0.isOpen(at: now) }
        self.open = open.count
        guard let worst = open.first?.record else { return }
        severity = worst.severity
        level = worst.level ?? worst.side.rawValue
    }
}
