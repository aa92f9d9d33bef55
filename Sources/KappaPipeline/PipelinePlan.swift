import KappaCore
package import KappaHTTP
package import KappaStores

/// A pipeline as it will run: its stages, and the words that start each of them.
package struct PipelinePlan: Sendable {
    package var program: String
    package var folder: String
    /// Where the stages find the log.
    package var brokers: String
    /// The embedded broker's address; nil when the log is somebody else's.
    package var listen: ListenAddress?
    /// Where outside brokers were named; nil for kappa's own.
    package var brokersOrigin: String?
    package var store: StoreAddress
    /// The store as a stage is told of it; where it holds a secret, the environment says it instead.
    package var storeWord: String
    /// Words that every client of the log is given: `-F client.properties`.
    package var clientWords: [String] = []
    package var source = Source.simulate(words: [])
    /// With so much history a simulated site begins, in a pipeline that is new.
    package var history: Duration?
    package var partitions = 1
    /// Words of each job's `kappa process`, by the job's name.
    package var jobs: [(name: String, words: [String])] = []
    /// The register by which alarms are raised; nil for none.
    package var register: String?
    /// How many readings to produce; nil for no end.
    package var count: Int64?
    package var page = Page.none

    /// Where the page is served.
    package enum Page: Sendable, Equatable {
        case none
        /// Where people look for it, or at the next port that is free: a page that nobody asked for gives way.
        case usual
        case at(ListenAddress)

        var words: [String] {
            switch self {
            case .none: []
            case .usual: ["--listen", "127.0.0.1:8080", "--next-port"]
            case .at(let address): ["--listen", address.description]
            }
        }
    }

    package init(
        program: String, folder: String, brokers: String, listen: ListenAddress?, store: StoreAddress, storeWord: String
    ) {
        self.program = program
        self.folder = folder
        self.brokers = brokers
        self.listen = listen
        self.store = store
        self.storeWord = storeWord
    }

    package enum Source: Sendable, Equatable {
        case simulate(words: [String])
        case http(words: [String])
        case none
    }

    package static let input = StandardTopics.input
    package static let topics =
        [input] + StandardTopics.instruments + ["\(input).late", "\(input).dead"]

    /// The embedded broker's folder.
    package var logFolder: String { "\(folder)/broker" }

    package var stages: [StagePlan] {
        var stages: [StagePlan] = []
        if listen != nil { stages.append(StagePlan(name: "broker", role: .broker)) }
        stages.append(StagePlan(name: "topics", role: .topics, needs: ["broker"]))
        let needs = ["broker", "topics"]
        if source != .none {
            // A job that is refused must be known before anything is produced.
            stages.append(StagePlan(name: "source", role: .source, needs: needs + jobs.map(\.name)))
        }
        stages += jobs.map { StagePlan(name: $0.name, role: .job, needs: needs) }
        if register != nil { stages.append(StagePlan(name: "alarms", role: .alarms, needs: needs)) }
        if page != .none { stages.append(StagePlan(name: "page", role: .page, needs: needs)) }
        stages.append(StagePlan(name: "sink", role: .sink, needs: needs))
        if register != nil {
            // Their topics are made by the job of alarms, so it comes first.
            stages += [
                StagePlan(
                    name: "standing", role: .alarmView(topic: "alarms", table: "alarms"), needs: needs + ["alarms"]),
                StagePlan(
                    name: "history", role: .alarmView(topic: "alarms.history", table: "alarm_history"),
                    needs: needs + ["alarms"]),
            ]
        }
        return stages + [StagePlan(name: "books", role: .audit, needs: needs)]
    }

    /// The commands of a stage, in a pipe; `remaining` is what is left of the count.
    package func commands(of stage: StagePlan, draining: Bool, remaining: Int64?) -> [[String]] {
        let drain = draining ? ["--drain"] : []
        switch stage.role {
        case .broker:
            return [
                kappa(
                    "broker", "run", "--data", logFolder, "--listen", listen?.description ?? "", "--partitions",
                    "\(partitions)")
            ]
        case .topics:
            let names = ["topics", "create"] + PipelinePlan.topics
            return [kappa(names + ["--partitions", "\(partitions)", "--if-not-exists"] + client)]
        case .source: return sourceCommands(remaining)
        case .page:
            let levels = register.map { ["--levels", $0] } ?? []
            return [kappa(["serve"] + page.words + ["--store", storeWord] + levels + client)]
        case .sink:
            return [kappa(["sink", store.kind, "--store", storeWord] + drain + client)]
        case .job:
            let words = jobs.first { $0.name == stage.name }?.words ?? []
            return [kappa(["process"] + words + drain + client)]
        case .alarms:
            return [kappa(["alarms", "run", "--register", register ?? "", "--adopt"] + drain + client)]
        case .alarmView(let topic, let table):
            let words = ["sink", store.kind, topic, "--table", table, "--store", storeWord]
            return [kappa(words + drain + client)]
        case .audit: return []
        }
    }

    private func sourceCommands(_ remaining: Int64?) -> [[String]] {
        // A reading that is too broken for its key goes on as it came: to judge it is the job's business.
        let produce = ["produce", PipelinePlan.input, "--key-field", "borehole_number", "--on-error", "keep"]
        switch source {
        case .none: return []
        case .http(let words): return [kappa(produce + words + ["--explode", "items"] + client)]
        case .simulate(let words):
            let count = remaining.map { ["--count", "\($0)"] } ?? []
            let history = history.map { ["--history", $0.word] } ?? []
            return [kappa(["simulate"] + words + history + count), kappa(produce + client)]
        }
    }

    private var client: [String] { ["--brokers", brokers] + clientWords }

    private func kappa(_ words: [String]) -> [String] { [program] + words }
    private func kappa(_ words: String...) -> [String] { [program] + words }
}
