import KappaCore
import KappaLog
import KappaWire

/// Offsets by time: the earliest, the latest, the first at or after a moment, the one with the greatest time.
enum ListOffsetsHandler: Handler {
    typealias Request = ListOffsetsRequest

    static func handle(
        _ request: ListOffsetsRequest, _ call: Call<ListOffsetsResponse>, _ core: BrokerCore
    ) -> Outcome<ListOffsetsResponse> {
        LookUp(request, call, core).goOn()
        return .wait
    }

    /// The partitions of one request, one after the other: a few of them in each turn of the loop, and batches that
    /// have to be unpacked elsewhere.
    final class LookUp {
        private let call: Call<ListOffsetsResponse>
        private let core: BrokerCore
        private let isCommittedOnly: Bool
        private var response = ListOffsetsResponse()
        private var questions: [Question] = []
        private var next = 0

        private static let ofATurn = 100

        private struct Question {
            var topic: Int
            var part: Int
            var partition: ListOffsetsRequest.Partition
            /// As Kafka has it, a partition that is named twice is answered for neither time.
            var isRepeated: Bool
        }

        private struct Place: Hashable {
            var topic: String
            var index: Int32
        }

        init(_ request: ListOffsetsRequest, _ call: Call<ListOffsetsResponse>, _ core: BrokerCore) {
            self.call = call
            self.core = core
            isCommittedOnly = request.isolationLevel == 1
            var seen: [Place: Int] = [:]
            for topic in request.topics {
                for part in topic.partitions {
                    seen[Place(topic: topic.name, index: part.partitionIndex), default: 0] += 1
                }
            }
            for (number, topic) in request.topics.enumerated() {
                var answer = ListOffsetsResponse.Topic()
                answer.name = topic.name
                answer.partitions = Array(repeating: .init(), count: topic.partitions.count)
                response.topics.append(answer)
                for (index, part) in topic.partitions.enumerated() {
                    let times = seen[Place(topic: topic.name, index: part.partitionIndex)] ?? 1
                    questions.append(.init(topic: number, part: index, partition: part, isRepeated: times > 1))
                }
            }
        }

        /// Answers what can be answered at once; the rest in a later turn.
        func goOn() {
            guard !call.session.isOver else { return }
            var left = LookUp.ofATurn
            while next < questions.count {
                guard left > 0 else {
                    core.after(1) { [self] _ in goOn() }
                    return
                }
                left -= 1
                next += 1
                guard find(next - 1) else { return }
            }
            call.answer(response)
        }

        private func put(_ number: Int, _ change: (inout ListOffsetsResponse.Partition) -> Void) {
            let question = questions[number]
            response.topics[question.topic].partitions[question.part].partitionIndex =
                question.partition.partitionIndex
            change(&response.topics[question.topic].partitions[question.part])
        }

        /// False where the answer comes later, and goes on from there.
        private func find(_ number: Int) -> Bool {
            let question = questions[number]
            let topic = response.topics[question.topic].name
            guard !question.isRepeated else { return refuse(number, .invalidRequest) }
            guard call.may(.describe, .topic(topic), core) else { return refuse(number, .topicAuthorizationFailed) }
            guard let partition = core.topics.partition(topic, question.partition.partitionIndex) else {
                return refuse(number, .unknownTopicOrPartition)
            }
            guard question.partition.currentLeaderEpoch <= 0 else { return refuse(number, .unknownLeaderEpoch) }
            let limit = isCommittedOnly ? partition.lastStableOffset : partition.highWatermark
            // The numbers below zero are Kafka's: −1 the end, −2 the start, −3 the greatest timestamp, −4 the
            // start of what is on this disk, −5 the end of what is in a slower tier, of which there is none.
            switch question.partition.timestamp {
            case -1: return answer(number, .init(offset: limit, timestamp: -1))
            case -5: return answer(number, nil)
            case -2, -4: return answer(number, .init(offset: partition.log.startOffset, timestamp: -1))
            case -3:
                guard let search = partition.log.maxTimestampSearch() else { return answer(number, nil) }
                return look(for: number, search, in: partition, upTo: partition.log.endOffset)
            default:
                return look(for: number, .init(since: question.partition.timestamp), in: partition, upTo: limit)
            }
        }

        private func refuse(_ number: Int, _ error: ErrorCode) -> Bool {
            put(number) { $0.errorCode = error }
            return true
        }

        private func answer(_ number: Int, _ found: PartitionLog.TimedOffset?) -> Bool {
            put(number) {
                $0.offset = found?.offset ?? -1
                $0.timestamp = found?.timestamp ?? -1
                $0.leaderEpoch = found == nil ? -1 : 0
            }
            return true
        }

        private func look(
            for number: Int, _ search: TimeSearch, in partition: Partition, upTo limit: Int64
        ) -> Bool {
            guard !partition.isDeleted else { return refuse(number, .unknownTopicOrPartition) }
            var search = search
            do {
                while let candidate = try partition.log.nextCandidate(&search) {
                    guard !candidate.isLengthy else {
                        lookElsewhere(for: number, candidate, search, in: partition, upTo: limit)
                        return false
                    }
                    guard let found = candidate.look() else { continue }
                    return answer(number, found.offset < limit ? found : nil)
                }
                return answer(number, nil)
            } catch {
                core.complain(error.description)
                return refuse(number, .corruptMessage)
            }
        }

        private func lookElsewhere(
            for number: Int, _ candidate: TimeSearch.Candidate, _ search: TimeSearch, in partition: Partition,
            upTo limit: Int64
        ) {
            let found = Found()
            core.elsewhere {
                found.offset = candidate.look()
            } _: { [self] in
                let isAnswered =
                    if let offset = found.offset {
                        answer(number, offset.offset < limit ? offset : nil)
                    } else {
                        look(for: number, search, in: partition, upTo: limit)
                    }
                if isAnswered { goOn() }
            }
        }

        /// Unchecked: written by the thread that looks, read by the loop's after that has ended.
        private final class Found: @unchecked Sendable {
            var offset: PartitionLog.TimedOffset?
        }
    }
}
