import KappaLog

/// New topics and new partitions: their folders are made beside the loop, for ten thousand of them take seconds.
extension TopicStore {
    /// Makes all of them or none. Until it is done, their names are in `making`.
    func create(
        _ plans: [Plan], now: Moment, _ elsewhere: @escaping LogOpening.Elsewhere,
        done: @escaping (Result<[Topic], any Error>) -> Void
    ) {
        do {
            let doomed = Set(catalogue.doomed.map(\.name))
            // The next start would take the folders of the new one for those of the old.
            if plans.contains(where: { doomed.contains($0.name) }) { try removeDoomed() }
        } catch {
            return done(.failure(error))
        }
        let names = Set(plans.map(\.name))
        making.formUnion(names)
        let places = plans.flatMap { plan in (0..<plan.partitions).map { (plan.name, $0) } }
        let jobs = plans.flatMap { plan in (0..<plan.partitions).map { job(plan.name, $0, plan.settings) } }
        LogOpening(jobs, now: now, refusing: TopicStore.refusal).run(elsewhere) { [self] result in
            making.subtract(names)
            done(Result { try publish(plans, partitions(places, result.get())) })
        }
    }

    /// Folders first: a crash in between leaves empty folders, which the next creation takes over.
    private func publish(_ plans: [Plan], _ partitions: [Partition]) throws -> [Topic] {
        let made = plans.map { Topic(name: $0.name, id: .random(), settings: $0.settings) }
        var next = catalogue
        next.entries += zip(made, plans).map { topic, plan in
            .init(name: topic.name, id: topic.id, partitions: plan.partitions, settings: plan.settings)
        }
        try next.save()
        catalogue = next
        var rest = partitions[...]
        for (topic, plan) in zip(made, plans) {
            topic.partitions = Array(rest.prefix(plan.partitions))
            rest = rest.dropFirst(plan.partitions)
            topics[topic.name] = topic
            apply(to: topic)
        }
        return made
    }

    func addPartitions(
        to topic: Topic, total: Int, now: Moment, _ elsewhere: @escaping LogOpening.Elsewhere,
        done: @escaping (Result<Void, any Error>) -> Void
    ) {
        let places = (topic.partitions.count..<total).map { (topic.name, $0) }
        let jobs = places.map { job($0.0, $0.1, topic.settings) }
        making.insert(topic.name)
        LogOpening(jobs, now: now, refusing: { _ in nil }).run(elsewhere) { [self] result in
            making.remove(topic.name)
            done(
                Result {
                    let added = try partitions(places, result.get())
                    try change(topic.name) { $0.partitions = total }
                    topic.partitions += added
                    apply(to: topic)
                })
        }
    }

    /// Why a new topic may not have this folder.
    private static func refusal(_ folder: String) -> BrokerError? {
        do {
            guard try holdsRecords(folder) else { return nil }
            return BrokerError("\(folder) holds the records of another topic of this name")
        } catch {
            return BrokerError("\(folder) cannot be used: \(error)")
        }
    }

    /// Where the catalogue is gone and the records of its topics are there, a broker without topics would be one that
    /// has lost them without a word.
    static func requireCatalogue(of folder: BrokerFolder) throws {
        let file = "\(folder.path)/\(TopicCatalogue.fileName)"
        guard try SmallFile.read(file) == nil else { return }
        let left = try folder.partitions().filter { try holdsRecords("\(folder.path)/\($0)") }
        guard !left.isEmpty else { return }
        throw BrokerError(
            "\(file) is missing, and \(left.count) folders of partitions hold records, such as \(left[0])",
            hint: "Put it back from a copy, or move the folders away.")
    }

    static func holdsRecords(_ path: String) throws -> Bool {
        let storage = PosixStorage()
        return try storage.list(path).contains { name in
            try name.hasSuffix(".log") && storage.open("\(path)/\(name)", create: false).size() > 0
        }
    }
}
