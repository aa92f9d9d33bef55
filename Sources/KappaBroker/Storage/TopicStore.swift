import Glibc
import KappaCore
import KappaLog
import KappaWire

/// All topics of the data folder.
final class TopicStore {
    var topics: [String: Topic] = [:] {
        didSet { namesById = nil }
    }
    /// Made when it is first needed after a change.
    private var namesById: [WireUUID: String]?
    /// Topics whose folders are being made.
    var making: Set<String> = []
    var catalogue: TopicCatalogue
    let directory: String
    let waitsForDisk: Bool
    let say: @Sendable (String) -> Void
    let remover: FolderRemover
    /// Of one topic.
    static let mostPartitions = 10_000
    /// What counts for topics that say nothing themselves.
    private(set) var defaults: TopicSettings

    init(
        directory: String, waitsForDisk: Bool, now: Moment, defaults: TopicSettings,
        say: @escaping @Sendable (String) -> Void
    ) throws {
        self.defaults = defaults
        self.directory = directory
        self.waitsForDisk = waitsForDisk
        self.say = say
        remover = FolderRemover(say: say)
        try TopicStore.requireCatalogue(of: BrokerFolder(directory))
        catalogue = try TopicCatalogue(directory: directory)
        if try SmallFile.read(catalogue.path) == nil || catalogue.isOld {
            // The files that it vouches for come first.
            for (name, _) in SummedFile.all {
                let file = SummedFile(name, in: directory)
                try file.write(try file.read() ?? "")
            }
            try catalogue.save()
        }
        try removeDoomed()
        try requireFolders()
        for topic in try open(catalogue.entries, now: now) { topics[topic.name] = topic }
        try nameStrangers()
    }

    var clusterId: String { catalogue.clusterId }

    var names: [String] { topics.keys.sorted() }

    /// The topic with this identity, whatever its name.
    func topic(_ id: WireUUID) -> Topic? {
        if namesById == nil {
            namesById = Dictionary(topics.values.map { ($0.id.wire, $0.name) }, uniquingKeysWith: { first, _ in first })
        }
        return namesById?[id].flatMap { topics[$0] }
    }

    func partition(_ topic: String, _ index: Int32) -> Partition? {
        guard let topic = topics[topic], index >= 0, Int(index) < topic.partitions.count else { return nil }
        return topic.partitions[Int(index)]
    }

    var partitions: some Sequence<Partition> { topics.values.lazy.flatMap(\.partitions) }

    // MARK: Changing

    /// What a topic is to be made with.
    struct Plan {
        var name: String
        var partitions: Int
        var settings = TopicSettings()
    }

    /// Makes all of them or none.
    @discardableResult
    func create(_ plans: [Plan], now: Moment) throws -> [Topic] {
        let doomed = Set(catalogue.doomed.map(\.name))
        // The next start would take the folders of the new one for those of the old.
        if plans.contains(where: { doomed.contains($0.name) }) { try removeDoomed() }
        for plan in plans {
            for index in 0..<plan.partitions where try TopicStore.holdsRecords("\(directory)/\(plan.name)-\(index)") {
                let folder = "\(directory)/\(plan.name)-\(index)"
                throw BrokerError("\(folder) holds the records of another topic of this name")
            }
        }
        let entries = plans.map {
            TopicCatalogue.Entry(name: $0.name, id: .random(), partitions: $0.partitions, settings: $0.settings)
        }
        // Folders first: a crash in between leaves empty folders, which the next creation takes over.
        let made = try open(entries, now: now)
        var next = catalogue
        next.entries += entries
        try next.save()
        catalogue = next
        for topic in made { topics[topic.name] = topic }
        return made
    }

    @discardableResult
    func create(_ name: String, partitions: Int, settings: TopicSettings, now: Moment) throws -> Topic {
        try create([Plan(name: name, partitions: partitions, settings: settings)], now: now)[0]
    }

    func configure(_ topic: Topic, _ settings: TopicSettings) throws {
        try change(topic.name) { $0.settings = settings }
        topic.settings = settings
        apply(to: topic)
    }

    /// The settings that are in force: the topic's own over the broker's defaults.
    func effectiveSettings(of topic: Topic) -> TopicSettings { topic.settings.over(defaults) }

    func setDefaults(_ settings: TopicSettings) {
        defaults = settings
        for topic in topics.values { apply(to: topic) }
    }

    /// Puts a topic's settings in force, as they and the defaults are now.
    func apply(to topic: Topic) {
        let settings = effectiveSettings(of: topic)
        let configuration = settings.logConfiguration
        for partition in topic.partitions {
            partition.log.configure(configuration)
            partition.minimumReplicas = settings.minimumReplicas
        }
    }

    /// What could not be saved has not changed.
    func change(_ name: String, _ body: (inout TopicCatalogue.Entry) -> Void) throws {
        guard let index = catalogue.entries.firstIndex(where: { $0.name == name }) else { return }
        var next = catalogue
        body(&next.entries[index])
        try next.save()
        catalogue = next
    }

    func close() throws {
        remover.waitForEnd()
        let results = try ParallelMap.map(Array(partitions)) { partition in
            Result { () throws(LogError) in try partition.log.close() }
        }
        for result in results { try result.get() }
    }

    // MARK: Opening

    /// A topic is in the catalogue once its folders are on the disk: one that is not there now was taken away.
    private func requireFolders() throws {
        for name in try BrokerFolder(directory).missingPartitions() {
            throw BrokerError(
                "\(directory)/\(name) is missing, and with it the records of that partition",
                hint: "Put the folder back; or, to go on without its records, make an empty one of that name.")
        }
    }

    private func open(_ entries: [TopicCatalogue.Entry], now: Moment) throws -> [Topic] {
        let opened = entries.map { Topic(name: $0.name, id: $0.id, settings: $0.settings) }
        let places = zip(opened, entries).flatMap { topic, entry in (0..<entry.partitions).map { (topic, $0) } }
        for (place, partition) in zip(places, try open(places, now: now)) { place.0.partitions.append(partition) }
        for topic in opened { apply(to: topic) }
        return opened
    }

    private func open(_ places: [(topic: Topic, index: Int)], now: Moment) throws -> [Partition] {
        let jobs = places.map { job($0.topic.name, $0.index, $0.topic.settings) }
        return try partitions(
            places.map { ($0.topic.name, $0.index) }, jobs.isEmpty ? [] : TopicStore.open(jobs, now: now))
    }

    func job(_ topic: String, _ index: Int, _ settings: TopicSettings) -> LogOpening.Job {
        .init(
            directory: "\(directory)/\(topic)-\(index)", configuration: settings.over(defaults).logConfiguration)
    }

    static func open(_ jobs: [LogOpening.Job], now: Moment) throws(BrokerError) -> [Result<PartitionLog, LogError>] {
        try ParallelMap.map(jobs) { job in
            Result { () throws(LogError) in
                try PartitionLog.open(directory: job.directory, configuration: job.configuration, now: now.timestamp)
            }
        }
    }

    func partitions(
        _ places: [(topic: String, index: Int)], _ logs: [Result<PartitionLog, LogError>]
    ) throws -> [Partition] {
        try zip(places, logs).map { place, result in
            let log = try result.get()
            if let cut = log.recovery.cut {
                say(
                    "\(cut.path): the last write was not finished and is cut: \(cut.bytes) bytes from byte "
                        + "\(cut.position) on; it ends at offset \(cut.offset)")
            }
            return Partition(topic: place.topic, index: Int32(place.index), log: log, waitsForDisk: waitsForDisk)
        }
    }

    /// Folders that no topic owns are not served, and that is said.
    private func nameStrangers() throws {
        let owned = Set(topics.values.flatMap { topic in topic.partitions.map { "\(topic.name)-\($0.index)" } })
        for folder in try BrokerFolder(directory).partitions() where !owned.contains(folder) {
            guard try TopicStore.holdsRecords("\(directory)/\(folder)") else { continue }
            say("\(directory)/\(folder) belongs to no topic of this broker, and is not served")
        }
    }
}
