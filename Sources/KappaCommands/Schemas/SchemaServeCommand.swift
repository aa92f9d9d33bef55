import KappaArguments
import KappaCore
import KappaHTTP
import KappaRegistry
import KappaTerminal

/// `kappa schema serve`: a schema registry over a topic.
enum SchemaServeCommand {
    static let listen = Option<ListenAddress>(
        "listen", type: .address, default: "127.0.0.1:8081", help: "Where to listen; port 0 picks a free one.")
    static let hosts = Option<[String]>(
        "host", type: .string("NAME"), help: "Also answer to this host name, beside localhost and IP addresses.")
    static let topic = Option<String>(
        "topic", short: "t", type: .topic, default: SchemaTopic.usualName, settable: false,
        help: "The topic that holds the schemas.")
    static let allowRemote = Flag(
        "allow-remote", help: "Listen for other machines too; they are not asked for a password.")

    static let command = Command(
        "serve", section: .log, abstract: "Serve a schema registry (Confluent's API) over a topic",
        discussion: """
            The schemas are records of a compacted topic, made where it is missing, in the form of Confluent's \
            registry: another registry can take it over. A second 'kappa schema serve' over the same topic takes the \
            first one's place, which then refuses changes and ends.

            Avro schemas are checked against their subject's earlier versions at the level that 'kappa schema config' \
            shows (BACKWARD at first). JSON and Protobuf schemas are stored unchecked; a second version of one needs \
            the level NONE.

            It asks for no password: let it listen on this machine only, or behind a proxy that does ask.
            """,
        parameters: [listen, hosts, topic, allowRemote] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa schema serve", "At http://127.0.0.1:8081, over the broker on this machine."),
            Example("kappa schema serve --listen :8082 --topic _other", "Another one, over a topic of its own."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let listen = context[listen]
        guard listen.isLoopback || context[allowRemote] else {
            throw UsageError(
                "other machines could change schemas at \(listen) without a password",
                hint: "add --allow-remote if that is meant")
        }
        let topic = SchemaTopic(context[topic], try context.kafka(), voice: context.voice)
        let failure = SchemaServeFailure()
        let service = RegistryService(try topic.open(), load: { try failure.noting { try topic.load() } }) { entries in
            try failure.noting { try topic.write(entries) }
        }
        var settings = HTTPServerSettings()
        settings.isReadOnly = false
        settings.hosts = HostRule(listen: listen, names: context[hosts])
        // It waits for the broker at each change, and one is answered at a time.
        settings.workers = 4
        let server = try HTTPServer(listen: listen, settings: settings) { service.answer($0) }
        defer { server.stop() }
        try context.output.record("registry", [(Column("address"), .text("http://\(server.address)"))])
        try context.output.flush()
        let stop = context.stop
        while !stop.wait(.milliseconds(500)) { try failure.throwIfEnded() }
        throw Interrupted(signal: stop.signal ?? 0)
    }
}
