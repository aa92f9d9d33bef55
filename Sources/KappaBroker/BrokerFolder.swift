package import KappaLog
import KappaCore

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
    package func check(_ partition: String) throws(LogError) -> LogCheck.Report {
        try LogCheck.check(dataDirectory: "\(path)/\(partition)")
    }

    /// The folders that the broker's topics should have and that are not there. Throws where no broker has ever used
    /// this folder.
    package func missingPartitions() throws -> [String] {
        guard try SmallFile.read("\(path)/\(TopicCatalogue.fileName)") != nil else {
            throw BrokerError("\(path) is no broker's data folder", hint: "Name the folder with --data.", kind: .usage)
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
