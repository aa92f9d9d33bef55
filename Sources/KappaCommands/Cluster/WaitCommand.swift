import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStores

/// `kappa wait …`: until something is there, which scripts poll for otherwise.
enum WaitCommand {
    static let timeout = Option<Duration>(
        "timeout", type: .duration, default: "30s", settable: false, help: "Time out (status 4) after this long.")
    static let topic = Argument<String>("NAME", type: .topic, help: "The topic.")
    static let group = Argument<String>("NAME", type: .group, help: "The group.")
    static let lag = Option<Int64>(
        "lag", type: .integer(0...Int64.max), default: "0", help: "The greatest lag that counts as caught up.")

    static let command = Command(
        family: "wait", section: .inspect, abstract: "Wait until a broker, topic, group or store is ready",
        subcommands: [
            Command(
                "broker", abstract: "Wait until a broker answers",
                parameters: [timeout] + BrokerOptions.connection,
                examples: [Example("kappa wait broker --timeout 60s", "At the start of a script.")]
            ) { context in
                try until("a broker at \(context.kafka(bound: .seconds(1)).brokers)", context) { client in
                    try client.ping()
                    return nil
                }
            },
            Command(
                "topic", abstract: "Wait until a topic can be written to",
                parameters: [topic, timeout] + BrokerOptions.connection,
                examples: [Example("kappa wait topic piezometer", "Until the job has made it.")]
            ) { context in
                try until("topic '\(context[topic])'", context) { client in
                    _ = try client.partitions(of: context[topic])
                    return nil
                }
            },
            Command(
                "group", abstract: "Wait until a group has caught up",
                parameters: [group, lag, timeout] + BrokerOptions.connection,
                examples: [Example("kappa wait group kappa.monitoring --lag 0", "Until everything is processed.")]
            ) { context in
                try until("group '\(context[group])'", context) { client in
                    let state = try GroupLag(context[group], client)
                    guard !state.rows.isEmpty else { return "it has no places yet" }
                    return state.total <= context[lag] ? nil : "it is \(state.total) behind"
                }
            },
            WaitStoreCommand.command,
        ])

    /// Asks again until `check` finds nothing missing.
    static func until(
        _ what: String, _ context: CommandContext, _ check: (KafkaClient) throws -> String?
    ) throws {
        let client = try KafkaClient(context.kafka(bound: .seconds(1)))
        try until(what, context) { try check(client) }
    }

    static func until(_ what: String, _ context: CommandContext, _ check: () throws -> String?) throws {
        let deadline = ContinuousClock.now + context[timeout]
        var missing = ""
        repeat {
            do {
                guard let reason = try check() else { return }
                missing = reason
            } catch let failure as any Failure {
                guard failure.kind != .usage else { throw failure }
                missing = failure.message
            }
            try context.stop.throwIfRequested()
            if context.stop.wait(.milliseconds(50)) { try context.stop.throwIfRequested() }
        } while ContinuousClock.now < deadline
        throw CommandFailure(
            "gave up waiting for \(what) after \(context[timeout].word): \(missing)", kind: .timedOut)
    }
}
