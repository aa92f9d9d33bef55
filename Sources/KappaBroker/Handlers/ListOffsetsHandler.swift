import KappaCore
import KappaLog
import KappaWire

/// Offsets by time: the earliest, the latest, the first at or after a moment, the one with the greatest time.
enum ListOffsetsHandler: Handler {
    typealias Request = ListOffsetsRequest

    static func handle(
        _ request: ListOffsetsRequest, _ call: Call<ListOffsetsResponse>, _ core: BrokerCore
    ) -> Outcome<ListOffsetsResponse> {
        .answer(
            ListOffsetsResponse { response in
                response.topics = request.topics.map { topic in
                    .init { answer in
                        answer.name = topic.name
                        answer.partitions = topic.partitions.map { part in
                            find(part, topic.name, isCommittedOnly: request.isolationLevel == 1, core)
                        }
                    }
                }
            })
    }

    private static func find(
        _ part: ListOffsetsRequest.Partition, _ topic: String, isCommittedOnly: Bool, _ core: BrokerCore
    ) -> ListOffsetsResponse.Partition {
        var answer = ListOffsetsResponse.Partition()
        answer.partitionIndex = part.partitionIndex
        guard let partition = core.topics.partition(topic, part.partitionIndex) else {
            answer.errorCode = .unknownTopicOrPartition
            return answer
        }
        guard part.currentLeaderEpoch <= 0 else {
            answer.errorCode = .unknownLeaderEpoch
            return answer
        }
        let limit = isCommittedOnly ? partition.lastStableOffset : partition.highWatermark
        do {
            let found = try find(part.timestamp, partition.log, upTo: limit)
            answer.offset = found?.offset ?? -1
            answer.timestamp = found?.timestamp ?? -1
            answer.leaderEpoch = found == nil ? -1 : 0
        } catch {
            core.configuration.log(error.description)
            answer.errorCode = .corruptMessage
        }
        return answer
    }

    /// The numbers below zero are Kafka's: −1 the end, −2 the start, −3 the greatest timestamp.
    private static func find(
        _ timestamp: Int64, _ log: PartitionLog, upTo limit: Int64
    ) throws(LogError) -> PartitionLog.TimedOffset? {
        switch timestamp {
        case -1: .init(offset: limit, timestamp: -1)
        case -2: .init(offset: log.startOffset, timestamp: -1)
        case -3: try log.maxTimestamp()
        default: try log.offset(forTimestamp: timestamp, upTo: limit)
        }
    }
}
