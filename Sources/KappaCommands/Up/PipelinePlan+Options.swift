import Glibc
import KappaArguments
import KappaCore
import KappaHTTP
import KappaKafka
import KappaPipeline
import KappaStores

extension PipelinePlan {
    package init(_ context: CommandContext, folder: String) throws {
        let isEmbedded = !context.isGiven(BrokerOptions.brokers)
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
        page = context[UpOptions.page]
        source = try PipelinePlan.source(context)
        jobs = [("process", PipelinePlan.mainJob(context))]
        jobs += context[UpOptions.jobs].map { ($0, ["--profile", $0, "--name", $0]) }
        if let name = Dictionary(grouping: stages.map(\.name), by: { $0 }).first(where: { $1.count > 1 })?.key {
            throw UsageError("two stages of the pipeline would be called '\(name)'")
        }
    }

    private static func source(_ context: CommandContext) throws -> Source {
        let urls = context[UpOptions.http]
        guard urls.isEmpty else {
            guard context[UpOptions.count] == nil else { throw UsageError("--count needs the simulated site") }
            return .http(words: urls.flatMap { ["--http", $0] })
        }
        guard context[UpOptions.source] == .simulate else {
            guard context[UpOptions.count] == nil else { throw UsageError("--count needs the simulated site") }
            return .none
        }
        // Without a rate a count would be simulated as history, which is late where live readings came before.
        let rate = context[UpOptions.rate] ?? context[UpOptions.count].map { _ in Rate(perSecond: 10_000) }
        var words = rate.map { ["--rate", "\($0.perSecond)/s"] } ?? []
        words += context[UpOptions.seed].map { ["--seed", "\($0)"] } ?? []
        let faults = context[UpOptions.faults].fraction
        return .simulate(words: words + ["--late", "\(faults)", "--bad", "\(faults)"])
    }

    /// The window and the grace are said only where no settings file or variable says them to `kappa process`.
    ///
    /// Two seconds of grace are enough for a simulated site, and the first window is stored sooner.
    private static func mainJob(_ context: CommandContext) -> [String] {
        let window = context[UpOptions.window].map { ["--window", $0.word] } ?? standard("window", "10s")
        let grace = context[UpOptions.grace].map { ["--grace", $0.word] } ?? standard("grace", "2s")
        return window + grace
    }

    private static func standard(_ option: String, _ word: String) -> [String] {
        let keys = [option, "process.\(option)"]
        let isSet = Settings.load().files.contains { file in
            keys.contains { !file.entries(of: $0, profile: nil).isEmpty }
        }
        return isSet ? [] : ["--\(option)", word]
    }

    private static func ownPath() throws -> String {
        var room = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &room, room.count - 1)
        guard count > 0 else { throw CommandFailure("kappa cannot find its own program: errno \(errno)") }
        return String(decoding: room[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func places(_ context: CommandContext) throws -> PipelineMonitor.Places {
        var kafka = try context.kafka()
        kafka.brokers = brokers
        // The stages say what is wrong with the brokers; the monitor only looks.
        kafka.isVerbose = false
        return PipelineMonitor.Places(
            kafka: kafka, store: store, input: StandardTopics.input, late: "\(StandardTopics.input).late",
            dead: "\(StandardTopics.input).dead", otherJobs: jobs.dropFirst().map(\.name))
    }

    /// Commands that work as they stand beside this pipeline.
    var hints: [String] {
        let broker = brokers == "127.0.0.1:9092" ? "" : " --brokers \(brokers)"
        return [
            "kappa query --store \(store.name) --latest",
            "kappa consume \(StandardTopics.input).dead\(broker)",
            "kappa topics list\(broker)",
        ]
    }
}
