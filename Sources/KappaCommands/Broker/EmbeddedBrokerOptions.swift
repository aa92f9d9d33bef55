import Glibc
import KappaArguments
import KappaBroker
import KappaCore
import KappaTerminal

/// What the embedded broker can be told.
enum EmbeddedBrokerOptions {
    static let section = "Embedded broker"
    static let data = Option<String?>(
        "data", type: .directory, section: section,
        help: "The folder of the logs ($XDG_DATA_HOME/kappa/broker when not given).")
    static let listen = Option<SocketAddress>(
        "listen", type: .socketAddress, default: "127.0.0.1:9092", section: section,
        help: "Where to listen; port 0 picks a free one.")
    static let advertise = Option<String?>(
        "advertise", type: .string("HOST"), section: section,
        help: "The host that clients are told to connect to, where it is not the one listened on.")
    static let allowRemote = Flag(
        "allow-remote", section: section, help: "Listen on an address that other machines can reach.")
    static let fsync = Option<BrokerConfiguration.SyncPolicy>(
        "fsync", type: .syncPolicy, default: "always", section: section,
        help: "When a write is acknowledged: once it is on the disk (always), or before (interval:MS, os).",
        discussion: """
            With always, a write is acknowledged and shown to readers once it is on the disk, with acks=1 as with \
            acks=all; many writes share one wait. With interval:MS it is acknowledged and shown at once and synced \
            that often, with os when the system likes to: faster, and a power cut can take what was acknowledged last. \
            With acks=0 nothing is acknowledged, and nothing is promised.
            """)
    static let partitions = Option<Int32>(
        "partitions", type: .integer(1...10_000), default: "1", section: section,
        help: "Partitions of a topic that is created without a number.")
    static let autoCreate = Flag(
        "auto-create", default: true, settable: true, section: section,
        help: "Create a topic when a client first asks for it.")

    static let node = Option<Int32>(
        "node-id", type: .integer(0...2_147_483_647), default: "1", section: section,
        help: "The number under which clients know the broker.")
    static let rebalanceDelay = Option<Duration>(
        "rebalance-delay", type: .duration, default: "0s", section: section,
        help: "How long the first rebalance of an empty group waits for further members (Kafka waits 3 s).",
        discussion: """
            Members that start together then share the partitions at once, instead of two or three times one after \
            the other. Kafka's name for it is group.initial.rebalance.delay.ms.
            """)

    static let settings = Option<[Setting]>(
        "config", short: "c", type: .setting, settable: true, section: section,
        help: "A bound of the broker under Kafka's name, such as max.connections.per.ip=100.",
        discussion: """
            \(StartSetting.all.map(\.name).joined(separator: ", ")). Those under kappa have no counterpart in Kafka. \
            What can be changed while the broker runs is changed with Kafka's own tools; these hold until the next \
            start.
            """)

    static let users = Option<String?>(
        "users", type: .file, section: section,
        help: "Ask clients to authenticate (SASL PLAIN or SCRAM); the file has lines of name:password.",
        discussion: """
            Further users are added while the broker runs, with kappa broker users; these sign in with SCRAM alone. \
            Without --super-users, whoever has signed in may do everything.
            """)
    static let superUsers = Option<[String]>(
        "super-users", placeholder: "NAME", type: .string("NAME"), settable: true, section: section,
        help: "The users who may do everything; all others may do what rules of access allow.",
        discussion: """
            The rules are Kafka's, made with kappa broker acls or any Kafka client, and kept in the data folder; they \
            stay in force when the broker is started without this option. The name ANONYMOUS is every client of a \
            broker without --users.
            """)
    static let allowWithoutRules = Flag(
        "allow-if-no-acl", settable: true, section: section,
        help: "Leave open to all what no rule of access is about (allow.everyone.if.no.acl.found).")

    static let certificate = Option<String?>(
        "tls-cert", type: .file, section: section, help: "Speak TLS, with this certificate chain (PEM).")
    static let key = Option<String?>(
        "tls-key", type: .file, section: section, help: "The certificate's key (PEM), where it is in a file of its own."
    )

    static let all: [any ParameterKey] = [
        data, listen, advertise, allowRemote, users, superUsers, allowWithoutRules, certificate, key, fsync,
        partitions, autoCreate, node, rebalanceDelay, settings,
    ]

    static func configuration(_ context: CommandContext) throws -> BrokerConfiguration {
        var configuration = BrokerConfiguration(dataDirectory: try folder(context))
        configuration.version = Versions.kappa
        configuration.listen = context[listen]
        configuration.advertisedHost = context[advertise]
        configuration.usersFile = context[users]
        configuration.superUsers = try superUserNames(context)
        configuration.allowsWithoutRules = context[allowWithoutRules]
        configuration.certificateFile = context[certificate]
        configuration.keyFile = context[key]
        guard context[key] == nil || context[certificate] != nil else {
            throw UsageError("--tls-key needs --tls-cert")
        }
        configuration.syncPolicy = context[fsync]
        configuration.defaultPartitions = context[partitions]
        configuration.autoCreatesTopics = context[autoCreate]
        configuration.nodeId = context[node]
        configuration.initialRebalanceMilliseconds = context[rebalanceDelay].wholeMilliseconds
        for setting in context[settings] { try configuration.set(setting.key, to: setting.value) }
        try configuration.validate()
        let messages = context.messages.kept(in: "\(configuration.dataDirectory)/\(BrokerStartCommand.logName)")
        configuration.log = { messages.warning($0) }
        guard configuration.listen.isLoopback || context[allowRemote] else {
            throw UsageError(
                "\(configuration.listen) can be reached from other machines",
                hint: "Add --allow-remote if that is meant, and --users to ask for passwords.")
        }
        guard configuration.listen.isLoopback || configuration.usersFile != nil else {
            throw UsageError(
                "\(configuration.listen) can be reached from other machines, and no password is asked for",
                hint: "Name those who may use the broker in a file for --users.")
        }
        if !configuration.listen.isLoopback, configuration.certificateFile == nil {
            messages.warning(
                "without --tls-cert, records and the passwords of SASL PLAIN cross the network for all to read")
        }
        return configuration
    }

    /// Nil where none are named.
    private static func superUserNames(_ context: CommandContext) throws -> [String]? {
        let names = context[superUsers].flatMap { $0.split(separator: ",") }.map { word in
            String(word.hasPrefix("User:") ? word.dropFirst(5) : word)
        }
        guard !context[superUsers].isEmpty else { return nil }
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { throw UsageError("--super-users is empty") }
        return names
    }

    static func folder(_ context: CommandContext) throws -> String {
        if let given = context[data] { return given }
        if let base = getenv("XDG_DATA_HOME"), base.pointee != 0 { return "\(String(cString: base))/kappa/broker" }
        guard let home = getenv("HOME"), home.pointee != 0 else {
            throw UsageError("there is no home folder to keep logs in", hint: "Give a folder with --data.")
        }
        return "\(String(cString: home))/.local/share/kappa/broker"
    }
}

extension ValueType where Value == SocketAddress {
    static var socketAddress: Self {
        ValueType("HOST:PORT") { (word) throws(ValueError) in
            do { return try SocketAddress(word: word) } catch {
                throw ValueError("'\(word)' is not an address such as 127.0.0.1:9092")
            }
        }
    }
}

extension ValueType where Value == BrokerConfiguration.SyncPolicy {
    static var syncPolicy: Self {
        ValueType("POLICY") { (word) throws(ValueError) in
            if word == "always" { return .always }
            if word == "os" { return .system }
            let parts = word.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0] == "interval", let milliseconds = Int64(parts[1]), milliseconds > 0 else {
                throw ValueError("'\(word)' is not always, interval:MS (such as interval:100) or os")
            }
            return .interval(milliseconds: milliseconds)
        }
    }
}
