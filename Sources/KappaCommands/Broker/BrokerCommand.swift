import KappaArguments

/// `kappa broker`: the embedded broker.
enum BrokerCommand {
    static let command = Command(
        family: "broker", section: .log, abstract: "Run the embedded broker: Kafka's protocol over a durable log",
        discussion: """
            A broker in one process, with no Java and no other service: Kafka's wire protocol over logs on disk in \
            Kafka's own layout. Any Kafka client can use it. It is a single node; to outgrow it, point --brokers at \
            a Kafka cluster: nothing else changes.
            """,
        examples: [
            Example("kappa broker run", "Serve on 127.0.0.1:9092 until Ctrl-C."),
            Example("kappa broker run --data /tmp/demo --listen 127.0.0.1:0", "Another folder, any free port."),
        ],
        subcommands: [
            BrokerRunCommand.command, BrokerStartCommand.command, BrokerStopCommand.command,
            BrokerStatusCommand.command, BrokerCheckCommand.command, BrokerUsersCommand.command,
            BrokerAclsCommand.command,
        ])
}
