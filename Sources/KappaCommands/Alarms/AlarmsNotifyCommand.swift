import KappaArguments
import KappaCore
import KappaHTTP
import KappaJobs
import KappaStreams
import KappaTerminal

/// `kappa alarms notify`: somebody is told.
enum AlarmsNotifyCommand {
    private static let section = "Telling"
    static let targets = Option<[String]>(
        "notify", type: .string("[WHO=]TARGET"), settable: true, section: section,
        help: "Whom to tell: an http address, mailto:A@B,… or command:WORDS; WHO= for alarms whose 'tell' is WHO.")
    static let group = Option<Duration>(
        "group", type: .duration, default: "5s", section: section,
        help: "How long to collect events before they are sent in one message.")
    static let rest = Option<Duration>(
        "at-most-every", type: .duration, default: "1m", section: section,
        help: "The least time between two messages to one target.")
    static let remind = Option<Duration>(
        "remind", type: .duration, default: "1d", section: section,
        help: "Remind of open alarms after this time (0: never).")
    static let secret = Option<SecretReference?>(
        "sign", type: .secret, section: section, help: "Sign what is posted with this secret: file:PATH or env:NAME.")
    static let server = Option<String>(
        "smtp", type: .string("URL"), default: "smtp://localhost:25", section: section,
        help: "The mail server.")
    static let sender = Option<String>(
        "mail-from", type: .string("ADDRESS"), default: "kappa@localhost", section: section,
        help: "The sender's address of mails.")
    static let user = Option<String?>(
        "smtp-user", type: .string("NAME"), section: section, help: "The mail server's user.")
    static let password = Option<SecretReference?>(
        "smtp-password", type: .secret, section: section, help: "The mail server's password: file:PATH or env:NAME.")
    static let patience = Option<Duration>(
        "send-timeout", type: .duration, default: "30s", section: section,
        help: "How long a target may take to accept a message.")
    static let drain = Flag("drain", help: "Tell what there is, and end; status 1 if anything could not be told.")

    /// Whom to tell, and how.
    static let options: [any ParameterKey] = [
        targets, group, rest, remind, secret, server, sender, user, password, patience,
    ]

    static let command = Command(
        "notify", abstract: "Tell people about alarms by command, webhook or mail",
        discussion: """
            Follows the history of the alarms and tells each target of what happens: grouped, not too often, and once \
            a day of alarms that nobody has acknowledged. Shelved alarms are skipped. A new target is first told of \
            the active alarms.

            Each message is sent at least once. It is noted in ALARMS.told before it is sent and after it; after a \
            crash in between it is sent again with the same key (Idempotency-Key of a POST, Message-ID of a mail, \
            KAPPA_ALARM_KEY of a command), by which a receiver drops repeats. What could not be sent is tried again \
            until it can be, and is shown by 'kappa alarms list'.

            A POST carries JSON, and with --sign X-Kappa-Signature: sha256=HEX, the HMAC-SHA-256 of the body. A \
            command is run by the shell with the same JSON on its standard input.
            """,
        parameters: options + [drain, AlarmOptions.topic, ProcessOptions.time] + BrokerOptions.all,
        examples: [
            Example(
                "kappa alarms notify --notify https://chat.example/hook --sign env:HOOK_SECRET", "A chat's webhook."),
            Example(
                "kappa alarms notify --notify 'site manager=mailto:site@example.org' --smtp smtp://mail:25",
                "Mail what the register tells the site manager."),
            Example("kappa alarms notify --notify 'command:wall'", "Everybody who is logged in."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        guard let settings = try settings(context, of: context[AlarmOptions.topic]) else {
            throw UsageError("--notify: name somebody to tell")
        }
        try tell(settings, drains: context[drain], context)
        try context.stop.throwIfRequested()
    }

    static func tell(_ settings: AlarmNotifier.Settings, drains: Bool, _ context: CommandContext) throws {
        var settings = settings
        settings.drains = drains
        let notifier = try AlarmNotifier(settings, voice: context.voice, stop: context.stop)
        context.messages.note("telling \(settings.receivers.map(\.name).joined(separator: ", "))")
        try notifier.run()
        guard notifier.failing.isEmpty else {
            throw CommandFailure("\(notifier.failing.joined(separator: ", ")) could not be told")
        }
    }

    /// Whom to tell of these alarms; nil where nobody is named.
    static func settings(_ context: CommandContext, of alarms: String) throws -> AlarmNotifier.Settings? {
        let receivers = try context[targets].map { try receiver($0, context) }
        guard !receivers.isEmpty else { return nil }
        guard Set(receivers.map(\.name)).count == receivers.count else { throw UsageError("--notify: a target twice") }
        var settings = AlarmNotifier.Settings(alarms: alarms, kafka: try context.kafka(), receivers: receivers)
        settings.time = context[ProcessOptions.time]
        settings.pace.group = context[group]
        settings.pace.rest = context[rest]
        settings.pace.remind = context[remind] > .zero ? context[remind] : nil
        return settings
    }

    private static func receiver(_ word: String, _ context: CommandContext) throws -> AlarmReceiver {
        let schemes = ["http://", "https://", "mailto:", "command:"]
        func isTarget(_ word: Substring) -> Bool { schemes.contains { word.hasPrefix($0) } }
        var who: String?
        var target = word[...]
        if !isTarget(target), let equals = word.firstIndex(of: "=") {
            who = String(word[..<equals])
            target = word[word.index(after: equals)...]
        }
        guard isTarget(target), let colon = target.firstIndex(of: ":") else {
            throw UsageError(
                "--notify: '\(ForeignText.line(HTTPClient.withoutSecrets(word)))' is not a target",
                hint: "Such as https://host/hook, mailto:site@example.org, or command:./tell-them")
        }
        let rest = String(target[target.index(after: colon)...])
        let prefix = who.map { "\($0)=" } ?? ""
        switch target[..<colon] {
        case "mailto":
            let courier = try mail(rest.split(separator: ",").map(String.init), context)
            return AlarmReceiver(name: prefix + String(target), who: who, courier: courier)
        case "command":
            let courier = CommandCourier(command: rest, timeout: context[patience])
            return AlarmReceiver(name: prefix + String(target), who: who, courier: courier)
        default:
            let secret = try context[secret]?.reveal("the secret of --sign")
            let courier = WebhookCourier(url: String(target), secret: secret, timeout: context[patience])
            return AlarmReceiver(
                name: prefix + HTTPClient.withoutSecrets(String(target)), who: who, courier: courier)
        }
    }

    private static func mail(_ receivers: [String], _ context: CommandContext) throws -> MailCourier {
        guard !receivers.isEmpty, receivers.allSatisfy(MailClient.isPlain), MailClient.isPlain(context[sender]) else {
            throw UsageError("--notify, --mail-from: a mail address is of the form name@host")
        }
        guard context[server].hasPrefix("smtp://") || context[server].hasPrefix("smtps://") else {
            throw UsageError(
                "--smtp: '\(HTTPClient.withoutSecrets(context[server]))' is not of the form smtp://HOST:25")
        }
        var client = MailClient(server: context[server], from: context[sender])
        client.user = context[user]
        client.password = try context[password]?.reveal("the password of the mail server").revealed
        client.timeout = context[patience]
        return MailCourier(client: client, receivers: receivers)
    }
}
