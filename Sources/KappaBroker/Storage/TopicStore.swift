import Glibc
import KappaCore
import KappaLog

/// All topics of the data folder.
final class TopicStore {
    private(set) var topics: [String: Topic] = [:]
    private var catalogue: TopicCatalogue
    private let directory: String
    private let waitsForDisk: Bool
    private let say: (String) -> Void

    init(
        directory: String, waitsForDisk: Bool, now: Moment, say: @escaping (String) -> Void
    ) throws {
        self.directory = directory
        self.waitsForDisk = waitsForDisk
        self.say = say
        catalogue = try TopicCatalogue(directory: directory)
        if try SmallFile.read(catalogue.path) == nil { try catalogue.save() }
        try removeDoomed()
        try requireFolders()
        for topic in try open(catalogue.entries, now: now) { topics[topic.name] = topic }
        try nameStrangers()
    }

    var clusterId: String { catalogue.clusterId }

    var names: [String] { topics.keys.sorted() }

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
        for plan in plans {
            for index in 0..<plan.partitions where try holdsRecords("\(plan.name)-\(index)") {
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

    func addPartitions(to topic: Topic, total: Int, now: Moment) throws {
        let places = (topic.partitions.count..<total).map { (topic, $0) }
        let added = try open(places, now: now)
        try change(topic.name) { $0.partitions = total }
        topic.partitions += added
    }

    func configure(_ topic: Topic, _ settings: TopicSettings) throws {
        topic.settings = settings
        for partition in topic.partitions { partition.log.configure(settings.logConfiguration) }
        try change(topic.name) { $0.settings = settings }
    }

    private func change(_ name: String, _ body: (inout TopicCatalogue.Entry) -> Void) throws {
        guard let index = catalogue.entries.firstIndex(where: { $0.name == name }) else { return }
        body(&catalogue.entries[index])
        try catalogue.save()
    }

    /// The topic is gone once the catalogue says so; from then on its folders are removed, now or at the next start.
    func delete(_ topic: Topic) throws {
        topics[topic.name] = nil
        catalogue.entries.removeAll { $0.name == topic.name }
        catalogue.doomed.append(.init(name: topic.name, partitions: topic.partitions.count))
        try catalogue.save()
        for partition in topic.partitions {
            partition.isDeleted = true
            try partition.log.close()
            partition.release()
        }
        try removeDoomed()
    }

    func close() throws {
        let results = try SideBySide.map(Array(partitions)) { partition in
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
        return opened
    }

    private func open(_ places: [(topic: Topic, index: Int)], now: Moment) throws -> [Partition] {
        let jobs = places.map { topic, index in
            (directory: "\(directory)/\(topic.name)-\(index)", configuration: topic.settings.logConfiguration)
        }
        let logs = try SideBySide.map(jobs) { job in
            Result { () throws(LogError) in
                try PartitionLog.open(directory: job.directory, configuration: job.configuration, now: now.timestamp)
            }
        }
        return try zip(places, logs).map { place, result in
            let log = try result.get()
            if let cut = log.recovery.cut {
                say(
                    "\(cut.path): the last write was not finished and is cut: \(cut.bytes) bytes from byte "
                        + "\(cut.position) on; it ends at offset \(cut.offset)")
            }
            return Partition(topic: place.topic.name, index: Int32(place.index), log: log, waitsForDisk: waitsForDisk)
        }
    }

    /// Removes the folders of deleted topics, also of those whose deletion a crash interrupted.
    private func removeDoomed() throws {
        guard !catalogue.doomed.isEmpty else { return }
        let present = Set(try PosixStorage().list(directory))
        for topic in catalogue.doomed {
            for index in 0..<topic.partitions where present.contains("\(topic.name)-\(index)") {
                try PartitionLog.remove(directory: "\(directory)/\(topic.name)-\(index)")
            }
        }
        catalogue.doomed = []
        try catalogue.save()
    }

    /// Folders that no topic owns are not served, and that is said.
    private func nameStrangers() throws {
        let owned = Set(topics.values.flatMap { topic in topic.partitions.map { "\(topic.name)-\($0.index)" } })
        for folder in try BrokerFolder(directory).partitions() where !owned.contains(folder) {
            guard try holdsRecords(folder) else { continue }
            say("\(directory)/\(folder) belongs to no topic of this broker, and is not served")
        }
    }

    private func holdsRecords(_ folder: String) throws -> Bool {
        let storage = PosixStorage()
        let path = "\(directory)/\(folder)"
        return try storage.list(path).contains { name in
            try name.hasSuffix(".log") && storage.open("\(path)/\(name)", create: false).size() > 0
        }
    }
}
