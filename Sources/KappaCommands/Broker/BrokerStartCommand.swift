import Glibc
import KappaArguments
import KappaBroker
import KappaTerminal

/// `kappa broker start`: a broker that goes on when the terminal closes.
enum BrokerStartCommand {
    static let command = Command(
        "start", section: .log, abstract: "Start the broker in the background",
        discussion: """
            Returns when the broker answers, and prints its address. Its log is broker.log in the data folder. \
            If a broker already serves the folder, it prints its address and succeeds.
            """,
        parameters: EmbeddedBrokerOptions.all + OutputOptions.all,
        examples: [Example("kappa broker start --data /srv/kappa", "And later: kappa broker stop --data /srv/kappa")],
        run: run)

    /// In the data folder.
    static let logName = "broker.log"

    static func run(_ context: CommandContext) throws {
        let configuration = try EmbeddedBrokerOptions.configuration(context)
        let folder = BrokerFolder(configuration.dataDirectory)
        if let holder = folder.holder {
            context.messages.note("a broker serves \(folder.path) already")
            return try show(holder, folder, context)
        }
        let child = try BackgroundBroker(configuration, context[EmbeddedBrokerOptions.settings])
        try show(try child.waitUntilItAnswers(folder), folder, context)
    }

    private static func show(_ holder: DataLock.Holder, _ folder: BrokerFolder, _ context: CommandContext) throws {
        try context.output.record(
            "broker",
            [
                (Column("address"), .text(holder.address.description)), (Column("data"), .text(folder.path)),
                (Column("process"), .integer(holder.process)),
            ])
    }
}

/// The process that `start` leaves behind: this program again, as `broker run`, in a session of its own.
private struct BackgroundBroker {
    private let process: pid_t
    private let log: String

    init(_ configuration: BrokerConfiguration, _ settings: [Setting]) throws {
        try BrokerFolder.make(configuration.dataDirectory)
        log = "\(configuration.dataDirectory)/\(BrokerStartCommand.logName)"
        process = try BackgroundBroker.spawn(
            BackgroundBroker.words(configuration) + settings.flatMap { ["-c", "\($0.key)=\($0.value)"] }, log: log)
    }

    private static func words(_ configuration: BrokerConfiguration) -> [String] {
        var words = [
            ProcessArguments.program ?? "kappa", "broker", "run", "--data", configuration.dataDirectory, "--listen",
            configuration.listen.description, "--fsync", configuration.syncPolicy.word, "--partitions",
            String(configuration.defaultPartitions),
            configuration.autoCreatesTopics ? "--auto-create" : "--no-auto-create",
        ]
        if let users = configuration.usersFile { words += ["--users", users] }
        if let names = configuration.superUsers { words += ["--super-users", names.joined(separator: ",")] }
        if configuration.allowsWithoutRules { words.append("--allow-if-no-acl") }
        words += ["--node-id", String(configuration.nodeId)]
        words += ["--rebalance-delay", "\(configuration.initialRebalanceMilliseconds)ms"]
        if let certificate = configuration.certificateFile { words += ["--tls-cert", certificate] }
        if let key = configuration.keyFile { words += ["--tls-key", key] }
        if let host = configuration.advertisedHost { words += ["--advertise", host] }
        if !configuration.listen.isLoopback { words.append("--allow-remote") }
        return words
    }

    private static func spawn(_ words: [String], log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which <spawn.h> shows only to _GNU_SOURCE: a session of its own, without the terminal.
        posix_spawnattr_setflags(&attributes, 0x80)
        let arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, words[0], &actions, &attributes, arguments, environ)
        guard code == 0 else {
            throw BrokerError("the broker's process could not be started: \(String(cString: strerror(code)))")
        }
        return process
    }

    func waitUntilItAnswers(_ folder: BrokerFolder) throws -> DataLock.Holder {
        while true {
            if let holder = folder.holder, holder.process == process { return holder }
            var status: Int32 = 0
            guard waitpid(process, &status, WNOHANG) == 0 else {
                throw ended
            }
            usleep(2000)
        }
    }

    /// What the broker said at last, with its hint: the log may tell of many starts.
    private var ended: BrokerError {
        let lines = (try? BrokerFolder.text(of: log))?.split(separator: "\n") ?? []
        guard let last = lines.lastIndex(where: { $0.hasPrefix("kappa") }) else {
            return BrokerError("the broker ended at once", hint: "its log is \(log)")
        }
        let reason = lines[last].drop { $0 != " " }.dropFirst()
        let hint = lines[(last + 1)...].joined(separator: "\n")
        return BrokerError("the broker ended at once: \(reason)", hint: hint.isEmpty ? nil : hint)
    }
}
