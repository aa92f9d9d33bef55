import KappaCore
import Glibc
import KappaLog
import KappaWire

/// The one data folder, and how much of it each partition takes.
enum DescribeLogDirsHandler: Handler {
    typealias Request = DescribeLogDirsRequest

    static func handle(
        _ request: DescribeLogDirsRequest, _ call: Call<DescribeLogDirsResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeLogDirsResponse> {
        guard call.may(.describe, .cluster, core) else {
            return .answer(DescribeLogDirsResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        let wanted = request.topics.map { topics in
            Dictionary(topics.map { ($0.topic, Set($0.partitions)) }) { $0.union($1) }
        }
        var folder = DescribeLogDirsResponse.Folder()
        folder.logDir = BrokerSettings.absolute(core.configuration.dataDirectory)
        folder.topics = core.topics.names.compactMap { name in
            guard let topic = core.topics.topics[name] else { return nil }
            let partitions = topic.partitions.filter { wanted?[name]?.contains($0.index) ?? (wanted == nil) }
            guard !partitions.isEmpty else { return nil }
            return .init { answer in
                answer.name = name
                answer.partitions = partitions.map(describe)
            }
        }
        (folder.totalBytes, folder.usableBytes) = room(core.configuration.dataDirectory)
        return .answer(DescribeLogDirsResponse { $0.results = [folder] })
    }

    private static func describe(_ partition: Partition) -> DescribeLogDirsResponse.Partition {
        .init {
            $0.partitionIndex = partition.index
            $0.partitionSize = Int64(partition.log.sizeInBytes)
        }
    }

    /// What the file system has in all, and what of it can be written; -1 where it does not say.
    private static func room(_ path: String) -> (total: Int64, usable: Int64) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return (-1, -1) }
        let block = UInt64(status.f_frsize)
        return (
            Int64(clamping: UInt64(status.f_blocks).multipliedReportingOverflow(by: block).partialValue),
            Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: block).partialValue)
        )
    }
}
