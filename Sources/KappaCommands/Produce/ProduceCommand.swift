import Glibc
import KappaArguments
import KappaCore
import KappaHTTP
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa produce [TOPIC] [FILE…]`.
enum ProduceCommand {
    static let command = Command(
        "produce", section: .log, abstract: "Send records to a topic",
        discussion: """
            Reads records from standard input or from files, one a line unless --delimiter says otherwise, and sends \
            them idempotently. It waits until every record is delivered or has failed, and says how many were \
            delivered; the status is 1 if any failed.

            Typed lines go out at once. A topic that is missing is an error unless --create is given.
            """,
        parameters: ProduceOptions.all + EncodingOptions.all + BrokerOptions.all,
        examples: [
            Example("kappa simulate --count 1000 | kappa produce --create", "A thousand readings into 'monitoring'."),
            Example(
                "kappa produce monitoring readings.ndjson --key-field borehole_number", "A file, keyed by borehole."),
            Example(
                "kappa produce --http http://127.0.0.1:8000/params/all --explode items --key-field borehole_number",
                "Poll a REST source, and make a record of each reading."),
            Example(
                "kappa produce monitoring logger.csv --csv --csv-delimiter ';' --csv-decimal , --csv-zone Europe/Zurich",
                "A table of a spreadsheet or a logger: each row is a record, with times of the local clock."),
            Example("kappa consume old --json -e | kappa produce new --json", "A lossless copy."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let (topic, files) = target(context)
        let urls = context[ProduceOptions.urls]
        for url in urls where !url.hasPrefix("http://") && !url.hasPrefix("https://") {
            throw UsageError("--http: '\(url)' is not a URL", hint: "such as http://localhost:8000/params")
        }
        guard urls.isEmpty || files.isEmpty else { throw UsageError("--http and FILE exclude each other") }
        let inputs = try ProduceInputs(files, repeats: context[ProduceOptions.repeats])
        let settings = try ProduceOptions.settings(context, topic: topic)
        let configuration = try clientConfiguration(context)
        let delivery = try Delivery(
            configuration, topic: topic, partition: context[ProduceOptions.partition],
            pace: context[ProduceOptions.rate],
            stop: context.stop)
        try prepare(topic, context, delivery.client)
        let session = try ProduceSession(
            settings, delivery: delivery, dead: try deadLetters(context, configuration), voice: context.voice,
            stop: context.stop)
        guard !urls.isEmpty else { return try session.run(inputs) }
        let poll = HTTPPoll(
            urls: urls, pause: context[ProduceOptions.every], rounds: context[ProduceOptions.rounds],
            strictness: context[ProduceOptions.strict]
                ? .endsAtFailure(hint: "without --strict it would be tried again") : .goesOn,
            voice: context.voice, stop: context.stop)
        try session.run { body in
            let tally = try poll.run(body)
            return ProduceSession.Answers(
                answers: tally.answers, failures: tally.failures, firstFailure: tally.firstFailure)
        }
    }

    /// The first word is the topic, unless `-t` gave it.
    static func target(_ context: CommandContext) -> (topic: String, files: [String]) {
        let words = context[ProduceOptions.words]
        if let topic = context[ProduceOptions.topic] { return (topic, words) }
        return (words.first ?? StandardTopics.input, Array(words.dropFirst()))
    }

    private static func clientConfiguration(_ context: CommandContext) throws -> KafkaConfiguration {
        let timeout = context[ProduceOptions.deliveryTimeout].wholeMilliseconds
        let properties: [(key: String, value: String)] = [
            // To librdkafka, too, no time is for ever.
            ("message.timeout.ms", String(timeout == 0 ? 0 : max(timeout, 1000))),
            ("compression.codec", context[ProduceOptions.codec]),
        ]
        let acks = context[ProduceOptions.acks]
        guard acks == "all" || acks == "-1" else {
            throw UsageError(
                "--acks \(acks) cannot be idempotent, and kappa produces nothing else",
                hint: "leave --acks out; without the acknowledgement of all, records can be lost or doubled")
        }
        return try context.kafka().defaulting(properties)
    }

    private static func prepare(_ topic: String, _ context: CommandContext, _ client: KafkaClient) throws {
        guard let count = try partitionCount(of: topic, client) else {
            return try create(topic, context, client)
        }
        guard let wanted = context[ProduceOptions.partition], Int(wanted) >= count else { return }
        throw CommandFailure("topic '\(topic)' has no partition \(wanted)", hint: "it has 0 to \(count - 1)")
    }

    private static func partitionCount(of topic: String, _ client: KafkaClient) throws -> Int? {
        do {
            return try client.partitions(of: topic).count
        } catch {
            guard error.code == KafkaError.unknownTopic else { throw error }
            return nil
        }
    }

    private static func create(_ topic: String, _ context: CommandContext, _ client: KafkaClient) throws {
        guard context[ProduceOptions.create] else {
            throw CommandFailure(
                "there is no topic '\(topic)' at \(client.brokers)",
                hint: "make it with 'kappa topics create \(topic)', or add --create")
        }
        let outcome = try client.createTopics([NewTopic(topic, partitions: context[ProduceOptions.partitions])])
        if let error = outcome.first?.error, error.code != KafkaError.topicExists { throw error }
        context.messages.note("created topic '\(topic)'")
        try awaitLeaders(of: topic, client, context.stop)
    }

    /// The client has heard that there is no such topic and would ask once more in a second. A broker of a cluster may
    /// hear of the topic a moment after the one that made it.
    private static func awaitLeaders(of topic: String, _ client: KafkaClient, _ stop: StopSignal) throws {
        let deadline = ContinuousClock.now + .seconds(1)
        while try partitionCount(of: topic, client) == nil, ContinuousClock.now < deadline {
            if stop.wait(.milliseconds(20)) { try stop.throwIfRequested() }
        }
    }

    private static func deadLetters(_ context: CommandContext, _ configuration: KafkaConfiguration) throws -> Delivery?
    {
        guard case .dead(let topic) = context[ProduceOptions.onError] else { return nil }
        let delivery = try Delivery(
            configuration, topic: topic, partition: nil, pace: nil, stop: context.stop)
        try prepare(topic, context, delivery.client)
        return delivery
    }
}
