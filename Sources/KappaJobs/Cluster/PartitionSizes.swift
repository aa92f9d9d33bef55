import Glibc
package import KappaKafka

/// How much room the records of partitions take on disk, indexes left out, as Kafka counts it.
///
/// The client library has no question for it, so this looks into the folders that a broker of this machine says it
/// keeps its logs in, which are laid out as Kafka's: `topic-partition/`.
package struct PartitionSizes {
    private var folders: [Int32: [String]] = [:]

    package init(_ brokers: [ClusterMetadata.Broker], _ client: KafkaClient) {
        for broker in brokers where PartitionSizes.isHere(broker.host) {
            let settings = client.brokerSettings(broker.id)
            let named = settings["log.dirs"] ?? settings["log.dir"] ?? ""
            folders[broker.id] = named.split(separator: ",").map(String.init)
        }
    }

    private static func isHere(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Nil where it cannot be known.
    package func bytes(of topic: String, _ partition: ClusterMetadata.Partition) -> Int? {
        (folders[partition.leader] ?? []).lazy.compactMap { folder in
            PartitionSizes.size(ofSegmentsIn: "\(folder)/\(topic)-\(partition.id)")
        }.first
    }

    private static func size(ofSegmentsIn path: String) -> Int? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var total = 0
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard name.hasSuffix(".log"), stat("\(path)/\(name)", &status) == 0 else { continue }
            total += Int(status.st_size)
        }
        return total
    }
}
