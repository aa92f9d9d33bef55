import KappaCore
import KappaLog
import KappaWire

/// Moves the start of partitions up; −1 means as far as can be.
enum DeleteRecordsHandler: Handler {
    typealias Request = DeleteRecordsRequest

    static func handle(
        _ request: DeleteRecordsRequest, _ call: Call<DeleteRecordsResponse>, _ core: BrokerCore
    ) -> Outcome<DeleteRecordsResponse> {
        let denied = Set(request.topics.map(\.name).filter { !call.may(.delete, .topic($0), core) })
        let request = resolved(request, core)
        let places = request.topics.flatMap { topic in topic.partitions.map { (topic.name, $0) } }
        var left = places.count
        guard left > 0 else { return .answer(DeleteRecordsResponse()) }
        for (topic, part) in places {
            guard !denied.contains(topic) else {
                left -= 1
                continue
            }
            whenDeletable(part, topic, core) {
                left -= 1
                if left == 0 { call.answer(answer(request, denied, core)) }
            }
        }
        return left == 0 && call.isOpen ? .answer(answer(request, denied, core)) : .wait
    }

    /// What −1 means is settled at once: what comes while the disk is waited for stays.
    private static func resolved(_ request: DeleteRecordsRequest, _ core: BrokerCore) -> DeleteRecordsRequest {
        var request = request
        for topic in request.topics.indices {
            let name = request.topics[topic].name
            for part in request.topics[topic].partitions.indices
            where request.topics[topic].partitions[part].offset == -1 {
                let index = request.topics[topic].partitions[part].partitionIndex
                guard let partition = core.topics.partition(name, index) else { continue }
                request.topics[topic].partitions[part].offset = partition.highWatermark
            }
        }
        return request
    }

    /// A start beyond what is on the disk would not survive a power cut: where writes are acknowledged before their
    /// sync, the sync comes first.
    private static func whenDeletable(
        _ part: DeleteRecordsRequest.Partition, _ topic: String, _ core: BrokerCore, _ done: @escaping () -> Void
    ) {
        guard let partition = core.topics.partition(topic, part.partitionIndex) else { return done() }
        core.whenSynced(partition, min(part.offset, partition.highWatermark), done)
    }

    private static func answer(
        _ request: DeleteRecordsRequest, _ denied: Set<String>, _ core: BrokerCore
    ) -> DeleteRecordsResponse {
        DeleteRecordsResponse { response in
            response.topics = request.topics.map { topic in
                .init { answer in
                    answer.name = topic.name
                    answer.partitions = topic.partitions.map { part in
                        guard !denied.contains(topic.name) else { return refusal(.topicAuthorizationFailed, part) }
                        return delete(part, topic.name, core)
                    }
                }
            }
        }
    }

    private static func refusal(
        _ error: ErrorCode, _ part: DeleteRecordsRequest.Partition
    ) -> DeleteRecordsResponse.Partition {
        .init {
            $0.partitionIndex = part.partitionIndex
            $0.lowWatermark = -1
            $0.errorCode = error
        }
    }

    private static func delete(
        _ part: DeleteRecordsRequest.Partition, _ topic: String, _ core: BrokerCore
    ) -> DeleteRecordsResponse.Partition {
        .init {
            $0.partitionIndex = part.partitionIndex
            $0.lowWatermark = -1
            guard let partition = core.topics.partition(topic, part.partitionIndex) else {
                $0.errorCode = .unknownTopicOrPartition
                return
            }
            guard !Topic.isInternal(topic) else {
                $0.errorCode = .invalidTopicException
                return
            }
            guard (0...partition.highWatermark).contains(part.offset) else {
                $0.errorCode = .offsetOutOfRange
                return
            }
            do throws(LogError) {
                try partition.log.deleteRecords(before: part.offset)
                $0.lowWatermark = partition.log.startOffset
                // Whoever waits for records that are gone must be told.
                partition.wakeReaders()
            } catch {
                core.configuration.log(error.description)
                $0.errorCode = .kafkaStorageError
            }
        }
    }
}
