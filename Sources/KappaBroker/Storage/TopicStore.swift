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
        for entry in catalogue.entries { try open(entry, now: now) }
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

    @discardableResult
    func create(_ name: String, partitions: Int, settings: TopicSettings, now: Moment) throws -> Topic {
        for index in 0..<partitions where try holdsRecords("\(name)-\(index)") {
            throw BrokerError("\(directory)/\(name)-\(index) holds the records of another topic of this name")
        }
        let entry = TopicCatalogue.Entry(name: name, id: .random(), partitions: partitions, settings: settings)
        // Folders first: a crash in between leaves empty folders, which the next creation takes over.
        try open(entry, now: now)
        catalogue.entries.append(entry)
        try catalogue.save()
        return topics[name]!
    }

    func addPartitions(to topic: Topic, total: Int, now: Moment) throws {
        let configuration = topic.settings.logConfiguration
        for index in topic.partitions.count..<total {
            topic.partitions.append(try openPartition(topic.name, Int32(index), configuration, now))
        }
        try change(topic.name) { $0.partitions = total }
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
        for partition in partitions { try partition.log.close() }
    }

    // MARK: Opening

    private func open(_ entry: TopicCatalogue.Entry, now: Moment) throws {
        let topic = Topic(name: entry.name, id: entry.id, settings: entry.settings)
        let configuration = entry.settings.logConfiguration
        for index in 0..<entry.partitions {
            topic.partitions.append(try openPartition(entry.name, Int32(index), configuration, now))
        }
        topics[entry.name] = topic
    }

    private func openPartition(
        _ topic: String, _ index: Int32, _ configuration: LogConfiguration, _ now: Moment
    ) throws -> Partition {
        let log = try PartitionLog.open(
            directory: "\(directory)/\(topic)-\(index)", configuration: configuration, now: now.timestamp)
        if let cut = log.recovery.cut {
            say("\(cut.path): the last \(cut.bytes) bytes were torn and have been cut; it ends at offset \(cut.offset)")
        }
        return Partition(topic: topic, index: index, log: log, waitsForDisk: waitsForDisk)
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
