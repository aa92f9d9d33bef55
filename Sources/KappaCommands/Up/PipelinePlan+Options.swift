import Glibc
import KappaArguments
import KappaCore
import KappaHTTP
import KappaKafka
import KappaPipeline
import KappaSimulation
import KappaStores
import KappaStreams

extension PipelinePlan {
    package init(_ context: CommandContext, folder: String) throws {
        let isEmbedded = !context.isGiven(BrokerOptions.brokers)
        if !isEmbedded { try PipelinePlan.refuseListen(context) }
        let listen = isEmbedded ? try context[UpOptions.listen].withFreePort() : nil
        let word = context.isGiven(StoreOptions.store) ? context[StoreOptions.store] : "sqlite:\(folder)/kappa.db"
        self.init(
            program: try PipelinePlan.ownPath(), folder: folder,
            brokers: listen?.description ?? context[BrokerOptions.brokers], listen: listen,
            store: try StoreKinds.known.address(word), storeWord: word)
        if store.holdsPassword {
            throw UsageError(
                "--store holds a password, which every stage's list of arguments would show",
                hint: "Put it into ~/.pgpass, or into a service file.")
        }
        clientWords =
            context[BrokerOptions.propertyFiles].flatMap { ["-F", $0] }
            + context[BrokerOptions.properties].flatMap { ["-X", $0] }
        partitions = context[UpOptions.partitions]
        count = context[UpOptions.count]
        page = try PipelinePlan.page(context)
        source = try PipelinePlan.source(context, folder)
        if isEmbedded, count == nil, access(logFolder, F_OK) != 0 { history = PipelinePlan.history(context) }
        brokersOrigin = isEmbedded ? nil : "\(context.values.origin(of: BrokerOptions.brokers))"
        register = try PipelinePlan.register(context, folder, source)
        jobs = [("process", PipelinePlan.mainJob(context))]
        jobs += context[UpOptions.jobs].map { ($0, ["--profile", $0, "--name", $0]) }
        if let name = Dictionary(grouping: stages.map(\.name), by: { $0 }).first(where: { $1.count > 1 })?.key {
            throw UsageError("two stages of the pipeline would be called '\(name)'")
        }
    }

    /// A run with an end is over before anybody has looked.
    private static func page(_ context: CommandContext) throws -> Page {
        switch context[UpOptions.page] {
        case .off: return .none
        case .at(let address):
            guard address.port == 0 || address.isFree else {
                throw CommandFailure(
                    "something else listens on \(address)",
                    hint: "Choose another port with --page, 0 for any, or --page off for no page.")
            }
            return .at(address)
        case nil: return context[UpOptions.duration] == nil && context[UpOptions.count] == nil ? .usual : .none
        }
    }

    /// An address for a broker that is not started is no address at all.
    private static func refuseListen(_ context: CommandContext) throws {
        let own = context.values.origin(of: UpOptions.listen)
        let other = context.values.origin(of: BrokerOptions.brokers)
        guard own != .byDefault, own.distance <= other.distance else { return }
        throw UsageError(
            "--listen (\(own)) is for kappa's own broker, but the brokers are \(context[BrokerOptions.brokers]) "
                + "(\(other))", hint: "leave one of the two out")
    }

    /// Into brokers that kappa did not start nothing is written unless the command line, or the pipeline file that it
    /// names, says so.
    private static func mayWrite(_ context: CommandContext) -> Bool {
        let values = context.values
        guard context.isGiven(BrokerOptions.brokers), values.origin(of: BrokerOptions.brokers) != .commandLine else {
            return true
        }
        let origins = [values.origin(of: UpOptions.source), values.origin(of: UpOptions.http)]
        return origins.contains { $0.isOfCommandLine }
    }

    private static func source(_ context: CommandContext, _ folder: String) throws -> Source {
        let urls = context[UpOptions.http]
        let isAllowed = mayWrite(context)
        guard urls.isEmpty, isAllowed, context[UpOptions.source] == .simulate else {
            guard context[UpOptions.count] == nil else {
                throw UsageError(
                    "--count needs the simulated site", hint: isAllowed ? nil : "--source simulate starts it")
            }
            return urls.isEmpty || !isAllowed ? .none : .http(words: urls.flatMap { ["--http", $0] })
        }
        // Without a rate a count would be simulated as history, which is late where live readings came before.
        let rate = context[UpOptions.rate] ?? context[UpOptions.count].map { _ in Rate(perSecond: 10_000) }
        var words = rate.map { ["--rate", "\($0.perSecond)/s"] } ?? []
        words += ["--seed", "\(try SiteSeed.of(folder, given: context[UpOptions.seed]))"]
        let faults = context[UpOptions.faults].fraction
        if let scenario = context[SimulateOptions.scenario] { words += ["--scenario", scenario.rawValue] }
        return .simulate(words: words + ["--late", "\(faults)", "--bad", "\(faults)"])
    }

    /// So much that the first windows of a new pipeline close at once.
    private static func history(_ context: CommandContext) -> Duration {
        let window = context[UpOptions.window] ?? .seconds(10)
        return min(window * 2 + (context[UpOptions.grace] ?? .seconds(10)), .seconds(600))
    }

    /// What is not said here `kappa process` knows by itself, from the settings or by its own defaults.
    private static func mainJob(_ context: CommandContext) -> [String] {
        (context[UpOptions.window].map { ["--window", $0.word] } ?? [])
            + (context[UpOptions.grace].map { ["--grace", $0.word] } ?? [])
            + (context[UpOptions.register].map { ["--register", $0] } ?? [])
    }

    /// The register that is given; of a simulated site the example, which whoever likes may change there.
    private static func register(_ context: CommandContext, _ folder: String, _ source: Source) throws -> String? {
        guard context[UpOptions.alarms] else { return nil }
        if let given = context[UpOptions.register] {
            _ = try RegisterFile.read(given, key: WindowPlan().key)
            return given
        }
        guard case .simulate = source else { return nil }
        let path = "\(folder)/register.csv"
        if access(path, F_OK) != 0 { try TextFile.write(ExampleRegister.text, to: path) }
        return path
    }

    private static func ownPath() throws -> String {
        guard let path = ProcessArguments.program else { throw CommandFailure("kappa cannot find its own program") }
        return path
    }

    func places(_ context: CommandContext) throws -> PipelineMonitor.Places {
        var kafka = try context.kafka()
        kafka.brokers = brokers
        // The stages say what is wrong with the brokers; the monitor only looks.
        kafka.isVerbose = false
        var places = PipelineMonitor.Places(
            kafka: kafka, store: store, input: StandardTopics.input, late: "\(StandardTopics.input).late",
            dead: "\(StandardTopics.input).dead", otherJobs: jobs.dropFirst().map(\.name))
        places.hasAlarms = register != nil
        return places
    }

    /// Commands that work as they stand beside this pipeline.
    var hints: [String] {
        let broker = brokers == "127.0.0.1:9092" ? "" : " --brokers \(brokers)"
        return [
            "kappa query --store \(store.name) --latest",
            "kappa consume \(StandardTopics.input).dead\(broker)",
            "kappa topics list\(broker)",
        ] + (register == nil ? [] : ["kappa alarms list\(broker)"])
    }
}

extension Origin {
    /// How far from the command line it lies.
    fileprivate var distance: Int {
        switch self {
        case .commandLine: 0
        case .environment: 1
        case .file: 2
        case .byDefault: 3
        }
    }

    /// The command line itself, or the pipeline file that it names.
    fileprivate var isOfCommandLine: Bool {
        switch self {
        case .commandLine: true
        case .file(let path, _, _): path == Environment.value(Environment.pipelineFile)
        case .environment, .byDefault: false
        }
    }
}
