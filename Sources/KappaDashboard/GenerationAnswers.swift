import KappaCore
import KappaHTTP
import KappaJobs
import KappaKafka
import KappaStreams
import Synchronization

/// What the page asks about a job's generations: which there are, how far they have come, and what one says otherwise
/// than the one that speaks.
final class GenerationAnswers: Sendable {
    private let brokers: KafkaConfiguration
    private let store: @Sendable () -> GenerationStore
    private let levels: @Sendable () -> Levels?
    /// Which generations were compared with which one here, so that nobody switches blindly.
    private let compared = Mutex<Set<String>>([])

    private static let mostSensors = 500

    init(
        _ brokers: KafkaConfiguration, store: @escaping @Sendable () -> GenerationStore,
        levels: @escaping @Sendable () -> Levels?
    ) {
        self.brokers = brokers
        self.store = store
        self.levels = levels
    }

    private func job(_ request: HTTPRequest) -> String {
        request.parameter("job").flatMap { $0.isEmpty ? nil : $0 } ?? StandardTopics.input
    }

    // MARK: Which there are

    func list(_ request: HTTPRequest) throws -> HTTPResponse {
        let control = try ControlLog(job(request), brokers)
        let places = try control.all.map { try GenerationPlaces($0, control.client) }
        // The view may be away while the log is there: the rest is told all the same.
        var (shown, trouble): (Int?, String?) = (nil, nil)
        do { shown = try store().shownGeneration() } catch { trouble = (error as? any Failure)?.message ?? "\(error)" }
        let pointer = control.pointer
        var json = JSONWriter()
        json.object { json in
            json.key("job", control.job)
            json.key("live", Int64(pointer.live))
            json.key("previous", Int64(pointer.previous))
            json.key("from", pointer.from)
            json.key("switchedAt", pointer.switchedAt > 0 ? pointer.switchedAt : nil)
            json.key("isBack", pointer.isBack)
            json.key("shown", shown.map(Int64.init))
            json.key("storeTrouble", trouble)
            json.key("unfinished", pointer.showing?.store)
            json.key("generations")
            json.array { json in
                for place in places { GenerationAnswers.write(place, isLive: pointer.live, &json) }
            }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    private static func write(_ places: GenerationPlaces, isLive live: Int, _ json: inout JSONWriter) {
        let generation = places.generation
        json.object { json in
            json.key("number", Int64(generation.number))
            json.key("isLive", generation.number == live)
            json.key("started", generation.number > 1 ? generation.startedAt : nil)
            json.key("compared", generation.comparedAt)
            json.key("rules", generation.number > 1 ? generation.fingerprint : nil)
            json.key("from", generation.fromMilliseconds)
            json.key("lag", places.inputs.reduce(0) { $0 + $1.lag })
            json.key("position", places.inputs.reduce(0) { $0 + $1.position })
            json.key("end", places.inputs.reduce(0) { $0 + $1.end })
            json.key("clock", places.inputs.compactMap(\.clock).min())
            json.key("isKnown", !places.inputs.isEmpty)
            json.key("topics")
            json.array { json in for topic in generation.topics { json.string(topic) } }
        }
    }

    // MARK: What would change

    func difference(_ request: HTTPRequest) throws -> HTTPResponse {
        let control = try ControlLog(job(request), brokers)
        let live = control.pointer.live
        let new = try control.generation(Int(try request.whole("new", Int64(live), in: 1...1_000_000)))
        let old = try control.generation(Int(try request.whole("against", Int64(live), in: 1...1_000_000)))
        guard old.number != new.number else {
            throw BadRequest(message: "generation \(new.number) is the one that speaks: there is nothing to compare")
        }
        let levels = levels()
        let comparison = try GenerationComparison(
            old: old, new: new, kafka: brokers, client: control.client, samples: 5, voice: .silent,
            judge: levels.map(Judge.make))
        note(control.job, new.number, against: old.number)
        var json = JSONWriter()
        json.object { json in
            json.key("new", Int64(new.number))
            json.key("old", Int64(old.number))
            json.key("isEqual", comparison.difference.isEqual)
            json.key("beyond", comparison.beyond)
            json.key("isJudged", levels != nil)
            GenerationAnswers.write(comparison.difference, &json)
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    private static func write(_ difference: WindowDifference, _ json: inout JSONWriter) {
        json.key("topics")
        json.array { json in
            for (topic, count) in difference.ordered {
                json.object { json in
                    json.key("topic", topic)
                    json.key("same", count.same)
                    json.key("changed", count.changed)
                    json.key("added", count.added)
                    json.key("missing", count.missing)
                    json.key("largest", count.largestChange)
                    json.key("samples")
                    json.array { json in for sample in count.samples { json.string(sample.text) } }
                }
            }
        }
        // Those whose alarms change come first, then the largest changes.
        let sensors = difference.changedSensors.sorted { left, right in
            let (one, other) = (left.severity[0] != left.severity[1], right.severity[0] != right.severity[1])
            return one == other ? left.largestChange > right.largestChange : one
        }
        json.key("sensorCount", Int64(sensors.count))
        json.key("alarmCount", Int64(sensors.count { $0.severity[0] != $0.severity[1] }))
        json.key("sensors")
        json.array { json in for sensor in sensors.prefix(mostSensors) { write(sensor, &json) } }
    }

    private static func write(_ sensor: WindowDifference.Sensor, _ json: inout JSONWriter) {
        json.object { json in
            json.key("topic", sensor.topic)
            json.key("sensor", sensor.key)
            json.key("changed", sensor.changed)
            json.key("added", sensor.added)
            json.key("missing", sensor.missing)
            json.key("largest", sensor.largestChange)
            json.key("from", sensor.from)
            json.key("to", sensor.to)
            json.numbers("beyond", sensor.beyond.map(Int64.init))
            json.numbers("severity", sensor.severity.map(Int64.init))
        }
    }

    // MARK: What was compared

    private func note(_ job: String, _ new: Int, against old: Int) {
        compared.withLock { compared in
            if compared.count > 1000 { compared = [] }
            compared.insert("\(job)/\(new)/\(old)")
        }
    }

    func wasCompared(_ job: String, _ new: Int, against old: Int) -> Bool {
        compared.withLock { $0.contains("\(job)/\(new)/\(old)") }
    }
}

/// Judges values by a register, looking each sensor up once.
private final class Judge: Sendable {
    private let levels: Levels
    private let spans = Mutex<[String: [SensorRules]]>([:])

    private init(_ levels: Levels) { self.levels = levels }

    static func make(_ levels: Levels) -> WindowDifference.Judge {
        let judge = Judge(levels)
        return { key, time, value in
            let spans = judge.spans.withLock { spans in
                if let known = spans[key] { return known }
                let found = levels.spans(key)
                spans[key] = found
                return found
            }
            return Levels.severity(of: value, at: time, spans)
        }
    }
}
