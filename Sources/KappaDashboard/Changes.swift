import KappaCore
import KappaHTTP
import KappaJobs
import KappaKafka
import KappaStreams

/// What an operator may do by the page. Each is what a command does too, by the same code, and is told on the
/// server's own output with the name of who did it.
struct Changes: Sendable {
    let alarms: AlarmAnswers
    let generations: GenerationAnswers
    let brokers: KafkaConfiguration
    let store: @Sendable () -> GenerationStore
    let voice: Voice

    private func done(_ request: HTTPRequest, _ what: String) -> HTTPResponse {
        voice.note("\(request.user ?? "somebody") \(what)")
        return HTTPResponse(json: "{\"done\":true}")
    }

    // MARK: Alarms

    private static let alarmFields = ["sensor", "alarm", "comment"]

    /// As the log has it now, not as the page saw it last.
    private func account() throws -> AlarmAccount {
        try AlarmAccount(alarms.watch.topic, time: "timestamp", brokers, KafkaClient(brokers))
    }

    private func subject(_ body: JSONBody) throws -> (sensor: String, side: AlarmSide?) {
        guard let sensor = try body.text("sensor") else { throw BadRequest(message: "'sensor' is missing") }
        guard let word = try body.text("alarm") else { return (sensor, nil) }
        guard let side = AlarmSide(rawValue: word) else {
            let words = AlarmSide.allCases.map(\.rawValue).joined(separator: ", ")
            throw BadRequest(message: "'alarm' is one of \(words)")
        }
        return (sensor, side)
    }

    private func person(_ request: HTTPRequest, _ body: JSONBody) throws -> AlarmAccount.Person {
        AlarmAccount.Person(name: request.user ?? "", comment: try body.text("comment") ?? "")
    }

    func acknowledge(_ request: HTTPRequest) throws -> HTTPResponse {
        let body = try JSONBody(request, Changes.alarmFields)
        let (sensor, side) = try subject(body)
        switch try account().acknowledging(sensor, side, by: person(request, body), at: .now) {
        case .isDone(let done): throw Conflict(message: "\(done.by) has acknowledged it at \(done.time)")
        case .acknowledges(let actions):
            try AlarmActionLog(alarms.watch.topic, brokers).write(actions)
            return done(request, "acknowledged \(actions.map(\.name).joined(separator: ", "))")
        }
    }

    func shelve(_ request: HTTPRequest) throws -> HTTPResponse {
        let body = try JSONBody(request, Changes.alarmFields + ["hours"])
        let (sensor, side) = try subject(body)
        guard let hours = try body.number("hours", in: 0...744) else { throw BadRequest(message: "'hours' is missing") }
        let now = Timestamp.now
        let end = hours > 0 ? now.advanced(by: .milliseconds(Int64(hours * 3_600_000))) : nil
        let action = try account().shelving(sensor, side, until: end, by: person(request, body), at: now)
        try AlarmActionLog(alarms.watch.topic, brokers).write([action])
        return done(request, end.map { "shelved \(action.name) until \($0)" } ?? "took \(action.name) off the shelf")
    }

    // MARK: The log

    /// One record, as it stands. Topics in which programs keep their accounts are not for hands.
    func produce(_ request: HTTPRequest) throws -> HTTPResponse {
        let topic = request.pathValues["topic"] ?? ""
        guard !topic.hasPrefix("__"), !topic.hasPrefix("kappa.") else {
            throw Conflict(message: "'\(topic)' is an account that programs keep: nothing is produced to it by hand")
        }
        let body = try JSONBody(request, ["key", "value", "partition"])
        guard let value = try body.text("value", longest: 1 << 20) else {
            throw BadRequest(message: "'value' is missing")
        }
        let key = try body.text("key")
        let producer = try Producer(brokers, hearsSuccess: true)
        // Found before anything is sent: a topic that does not exist is not made by a typing error.
        let partitions = try producer.client.partitions(of: topic)
        let partition = try body.whole("partition", in: 0...Double(max(0, partitions.count - 1)))
        var place: PartitionOffset?
        producer.onSuccess = { place = PartitionOffset(TopicPartition(topic, $0.partition), $0.offset) }
        try send(producer, topic, partition, key, value, by: request.user ?? "")
        guard let place else { throw Unavailable(message: "no broker has confirmed it") }
        _ = done(request, "produced \(place.at) @ \(place.offset)")
        return HTTPResponse(json: "{\"partition\":\(place.at.partition),\"offset\":\(place.offset)}")
    }

    private func send(
        _ producer: Producer, _ topic: String, _ partition: Int?, _ key: String?, _ value: String, by user: String
    ) throws {
        let handle = try producer.topic(topic)
        let isTaken = try Array(value.utf8).withUnsafeBytes { value in
            try Array((key ?? "").utf8).withUnsafeBytes { bytes in
                try producer.produce(
                    to: handle, partition: partition.map(Int32.init), key: key == nil ? nil : bytes, value: value,
                    headers: [Header("kappa.produced-by", user)])
            }
        }
        guard isTaken else { throw Unavailable(message: "the client has no room for another record") }
        let isDelivered = producer.flush(timeout: .seconds(20))
        if let failure = producer.tally.firstFailure { throw failure }
        guard isDelivered else { throw Unavailable(message: "no broker has confirmed it in 20 s") }
    }

    // MARK: Generations

    /// Shows another generation to everybody. Who switches has seen what would change, here or on the command line,
    /// and against the generation that speaks still.
    func switchGeneration(_ request: HTTPRequest) throws -> HTTPResponse {
        let body = try JSONBody(request, ["job", "generation", "against"])
        let job = try body.text("job") ?? StandardTopics.input
        guard let number = try body.whole("generation", in: 1...1_000_000),
            let against = try body.whole("against", in: 1...1_000_000)
        else { throw BadRequest(message: "'generation' and 'against' are missing") }
        let control = try ControlLog(job, brokers)
        guard control.pointer.live == against else {
            throw Conflict(message: "generation \(control.pointer.live) speaks meanwhile: compare with that one")
        }
        guard generations.wasCompared(job, number, against: against) else {
            throw Conflict(message: "nobody has looked here at what generation \(number) would change")
        }
        try GenerationSwitch(control, store(), voice: .silent, stop: .never)
            .move(to: number, GenerationSwitch.Rules(isCompared: false))
        return done(request, "shows generation \(number) of '\(job)'")
    }
}
