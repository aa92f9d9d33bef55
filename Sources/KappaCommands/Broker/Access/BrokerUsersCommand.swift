import KappaArguments
import KappaCore
import KappaKafka
import KappaNetwork
import KappaTerminal

/// `kappa broker users …`: who may sign in, told to the broker while it runs.
enum BrokerUsersCommand {
    static let command = Command(
        family: "users", abstract: "List, add and remove the users of a broker",
        discussion: """
            For a broker that was started with --users, and for any Kafka cluster: the credentials of SCRAM are set \
            over the protocol and kept by the broker. Users of the users file are listed too; they are changed in that \
            file.
            """,
        examples: [
            Example("kappa broker users add logger", "Asks for the password on the terminal."),
            Example("kappa broker users remove logger --yes", "Who signs in from now on is refused."),
        ],
        subcommands: [
            BrokerUsersListCommand.command, BrokerUsersAddCommand.command, BrokerUsersRemoveCommand.command,
        ])

    static let mechanism = Option<ScramMechanism>(
        "mechanism", type: .scramMechanism, default: "SCRAM-SHA-256", settable: false,
        help: "How the user signs in: SCRAM-SHA-256 or SCRAM-SHA-512.")

    static let names = Argument<[String]>("NAME", type: .string("NAME"), help: "The users.")
}

enum BrokerUsersListCommand {
    static let command = Command(
        "list", aliases: ["ls"], abstract: "List the users and how they sign in",
        parameters: BrokerOptions.all + OutputOptions.all,
        examples: [Example("kappa broker users list --json", "For a program.")], run: run)

    static func run(_ context: CommandContext) throws {
        let users = try KafkaClient(context.kafka()).users()
        let columns = [Column("user"), Column("mechanism"), Column("iterations", align: .right)]
        try context.output.rows("users", columns) { rows in
            for user in users.sorted(by: { $0.name < $1.name }) {
                for (mechanism, iterations) in user.mechanisms {
                    try rows.add([.text(user.name), .text(mechanism.name), .integer(iterations)])
                }
            }
        }
    }
}

enum BrokerUsersAddCommand {
    static let name = Argument<String>("NAME", type: .string("NAME"), help: "The user.")
    static let password = Option<SecretReference>(
        "password", type: .secret, default: "prompt", settable: false,
        help: "Where the password is: file:PATH, env:NAME or prompt.")
    static let iterations = Option<Int>(
        "iterations", type: .integer(ScramMechanism.iterations), default: "4096", settable: false,
        help: "How many rounds the password is hashed.")

    static let command = Command(
        "add", abstract: "Add a user, or give it another password",
        discussion: """
            The password does not leave this process: what the broker is given is enough to check it, and not to sign \
            in with it. Open connections stay; new ones need the new password.
            """,
        parameters: [name, password, BrokerUsersCommand.mechanism, iterations] + BrokerOptions.all,
        examples: [
            Example("kappa broker users add logger", "Asks for the password on the terminal."),
            Example("kappa broker users add logger --password file:/run/secrets/logger", "For a script."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let user = context[name]
        let client = try KafkaClient(context.kafka())
        let secret = try context[password].reveal("the password of \(ForeignText.line(user))")
        guard !secret.revealed.isEmpty else { throw UsageError("the password is empty") }
        if case .prompt = context[password] {
            guard try context[password].reveal("once more").revealed == secret.revealed else {
                throw UsageError("the two passwords differ; nothing was changed")
            }
        }
        let mechanism = context[BrokerUsersCommand.mechanism]
        try client.setPassword(of: user, to: secret.revealed, mechanism, iterations: context[iterations])
        context.messages.note("'\(ForeignText.line(user))' can sign in with \(mechanism.name)")
    }
}

enum BrokerUsersRemoveCommand {
    static let command = Command(
        "remove", aliases: ["rm"], abstract: "Remove the credentials of users",
        discussion: """
            Open connections stay until they end. Access rules for the name stay too, and hold for whoever gets the \
            name next: kappa broker acls remove --user NAME. On a terminal it asks first.
            """,
        parameters: [BrokerUsersCommand.names, TopicOptions.yes] + BrokerOptions.all,
        examples: [Example("kappa broker users remove logger --yes", "Without asking.")], run: run)

    static func run(_ context: CommandContext) throws {
        let names = context[BrokerUsersCommand.names]
        guard !names.isEmpty else { throw UsageError("NAME is missing", hint: "say which users") }
        let client = try KafkaClient(context.kafka())
        let users = try client.users()
        var report = ItemReport()
        let there = names.filter { name in users.contains { $0.name == name } }
        for name in names where !there.contains(name) {
            report.failed("there is no user '\(ForeignText.line(name))'", context)
        }
        if !there.isEmpty {
            let shown = there.map { ForeignText.line($0) }.joined(separator: ", ")
            try Confirmation.ask("Remove the users \(shown)?", isGiven: context[TopicOptions.yes], context)
        }
        for user in users where there.contains(user.name) {
            do throws(KafkaError) {
                for (mechanism, _) in user.mechanisms { try client.removeCredential(of: user.name, mechanism) }
                report.done("removed the user '\(ForeignText.line(user.name))'", context)
            } catch {
                report.failed(error.message, context)
            }
        }
        try report.finish()
    }
}

extension ValueType where Value == ScramMechanism {
    fileprivate static var scramMechanism: Self {
        let choices = ScramMechanism.allCases.map { Choice($0.name) }
        return ValueType("MECHANISM", choices: choices) { (word) throws(ValueError) in
            guard let value = ScramMechanism.allCases.first(where: { $0.name == word.uppercased() }) else {
                throw .notOneOf(choices.map(\.word), word)
            }
            return value
        }
    }
}
