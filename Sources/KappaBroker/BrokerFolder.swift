package import KappaLog
import KappaCore
import KappaRecords
import KappaWire

/// A data folder seen from outside the broker that serves it, or that no broker serves.
package struct BrokerFolder: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// Who serves it now; nil where nobody does.
    package var holder: DataLock.Holder? { DataLock.holder(of: path) }

    package static func make(_ path: String) throws { try DataLock.makeDirectory(path) }

    /// The words of a small file; nil where there is none.
    package static func text(of path: String) throws -> String? { try SmallFile.read(path) }

    /// The folders of partitions, by name.
    package func partitions() throws(LogError) -> [String] {
        let storage = PosixStorage()
        var found: [String] = []
        for name in try storage.list(path) {
            guard let hyphen = name.lastIndex(of: "-"), Int32(name[name.index(after: hyphen)...]) != nil,
                Topic.isValidName(String(name[..<hyphen]))
            else { continue }
            found.append(name)
        }
        return found.sorted()
    }

    /// Reads every batch of a partition and compares its indexes. The folder must not be served meanwhile.
    ///
    /// Of the broker's own topics each record is read as the next start will read it.
    package func check(_ partition: String) throws(LogError) -> LogCheck.Report {
        let topic = partition.lastIndex(of: "-").map { String(partition[..<$0]) } ?? partition
        return try LogCheck.check(
            dataDirectory: "\(path)/\(partition)", inspecting: BrokerFolder.inspections[topic])
    }

    /// What the small files beside the partitions have that the next start would stumble over, in words.
    package func checkSmallFiles() -> [String] {
        SummedFile.all.compactMap { name, _ in
            do {
                try read(name)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    private func read(_ name: String) throws {
        let file = SummedFile(name, in: path)
        switch name {
        case ProducerIds.fileName: _ = try ProducerIds.read(file)
        case BrokerSettings.fileName: _ = try BrokerSettings(directory: path)
        case AccessControl.fileName: _ = try AccessControl.read(file)
        case Accounts.fileName: _ = try Accounts.read(file)
        default: _ = try file.read()
        }
    }

    /// What somebody has changed by hand, and vouches for.
    package func changedByHand() -> [String] {
        ([TopicCatalogue.fileName] + SummedFile.all.map(\.name)).map { "\(path)/\($0)" }
            .filter { (try? SummedFile.isByHand($0)) == true }
    }

    /// The producer ids that stand in the logs must have been given out, or the next producers get them again.
    package func checkProducerIds(greatest: Int64) -> String? {
        guard let next = try? ProducerIds.read(SummedFile(ProducerIds.fileName, in: path)), greatest >= next,
            greatest < ProducerIds.end
        else { return nil }
        let file = "\(path)/\(ProducerIds.fileName)"
        return "\(file) says that ids below \(next) were given out, and the logs hold \(greatest)"
    }

    private static let inspections: [String: @Sendable (Record) -> String?] = [
        Topic.offsets: { record in
            unreadable(record) { key throws(WireError) in _ = try GroupRecord(key: key, value: record.value) }
        },
        Topic.transactions: { record in
            unreadable(record) { key throws(WireError) in
                let id = try TransactionRecord.id(key)
                if let value = record.value { _ = try TransactionRecord.read(id, value) }
            }
        },
    ]

    private static func unreadable(
        _ record: Record, _ read: (UnsafeRawBufferPointer) throws(WireError) -> Void
    ) -> String? {
        guard let key = record.key else { return "has no key; the next start leaves it out" }
        do {
            try read(key)
            return nil
        } catch {
            return "cannot be read, and the next start leaves it out: \(error.message)"
        }
    }

    /// The folders that the broker's topics should have and that are not there. Throws where no broker has ever used
    /// this folder.
    package func missingPartitions() throws -> [String] {
        try TopicStore.requireCatalogue(of: self)
        guard try SmallFile.read("\(path)/\(TopicCatalogue.fileName)") != nil else {
            throw BrokerError(
                "\(path) is not a broker's data folder", hint: "Name the folder with --data.", kind: .usage)
        }
        let present = Set(try partitions())
        return try TopicCatalogue(directory: path).entries.flatMap { topic in
            (0..<topic.partitions).map { "\(topic.name)-\($0)" }.filter { !present.contains($0) }
        }
    }

    /// What the broker that serves the folder has counted, as it last wrote it down, in its order.
    package func counters() throws -> [(name: String, value: Int64)] {
        guard let text = try SmallFile.read("\(path)/\(StatusFile.name)") else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let value = Int64(words[1]) else { return nil }
            return (String(words[0]), value)
        }
    }
}
