import KappaCore
import KappaLog
import KappaWire

/// Moves the start of partitions up; −1 means as far as can be.
enum DeleteRecordsHandler: Handler {
    typealias Request = DeleteRecordsRequest

    static func handle(
        _ request: DeleteRecordsRequest, _ call: Call<DeleteRecordsResponse>, _ core: BrokerCore
    ) -> Outcome<DeleteRecordsResponse> {
        .answer(
            DeleteRecordsResponse { response in
                response.topics = request.topics.map { topic in
                    .init { answer in
                        answer.name = topic.name
                        answer.partitions = topic.partitions.map { delete($0, topic.name, core) }
                    }
                }
            })
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
            let offset = part.offset == -1 ? partition.highWatermark : part.offset
            guard (0...partition.highWatermark).contains(offset) else {
                $0.errorCode = .offsetOutOfRange
                return
            }
            do throws(LogError) {
                try partition.log.deleteRecords(before: offset)
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
