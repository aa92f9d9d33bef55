import KappaCore
import KappaLog
import KappaRecords
import KappaWire

/// Appends batches. Each partition's part stands or falls alone; the answer waits until all of it is durable.
enum ProduceHandler: Handler {
    typealias Request = ProduceRequest
    /// librdkafka compresses only where versions overlap that nobody sends any more (KAFKA-18659).
    static var advertised: ClosedRange<Int16> { 0...9 }
    /// The next request may join the same sync.
    static var mayOverlap: Bool { true }

    static func handle(
        _ request: ProduceRequest, _ call: Call<ProduceResponse>, _ core: BrokerCore
    ) -> Outcome<ProduceResponse> {
        var response = ProduceResponse()
        guard [-1, 0, 1].contains(request.acks) else {
            response.responses = refuseAll(request, .invalidRequiredAcks)
            return .answer(response)
        }
        var waiting: [(Partition, Int64)] = []
        var failed = false
        response.responses = request.topicData.map { topic in
            .init { answer in
                answer.name = topic.name
                answer.partitionResponses = topic.partitionData.map { part in
                    let (answer, place) = append(part, topic.name, core)
                    if let place { waiting.append(place) }
                    failed = failed || answer.errorCode != .noError
                    return answer
                }
            }
        }
        // Without an answer there is no other way to tell the client that something went wrong.
        if request.acks == 0 { return failed ? .close : .silent }
        guard request.acks == -1 else { return .answer(response) }
        return whenDurable(waiting, response, call)
    }

    private static func whenDurable(
        _ places: [(Partition, Int64)], _ response: ProduceResponse, _ call: Call<ProduceResponse>
    ) -> Outcome<ProduceResponse> {
        var left = places.count
        guard left > 0 else { return .answer(response) }
        for (partition, offset) in places {
            partition.whenDurable(offset) {
                left -= 1
                if left == 0 { call.answer(response) }
            }
        }
        return .wait
    }

    private static func append(
        _ part: ProduceRequest.Partition, _ topic: String, _ core: BrokerCore
    ) -> (ProduceResponse.Partition, (Partition, Int64)?) {
        var answer = ProduceResponse.Partition()
        answer.index = part.index
        answer.baseOffset = -1
        guard let partition = core.topics.partition(topic, part.index) else {
            answer.errorCode = .unknownTopicOrPartition
            return (answer, nil)
        }
        guard let records = part.records, let batch = RecordBatch(startOf: records) else {
            answer.errorCode = .corruptMessage
            answer.errorMessage = "the request holds no whole batch for this partition"
            return (answer, nil)
        }
        if let refusal = refusal(of: batch, for: partition, core) {
            answer.errorCode = refusal
            return (answer, nil)
        }
        do {
            // The bytes lie in the connection's own buffer, which nobody else reads.
            let appended = try partition.log.append(
                UnsafeMutableRawBufferPointer(mutating: records), now: core.now.timestamp)
            answer.baseOffset = appended.baseOffset
            answer.logAppendTimeMs = appended.logAppendTime
            answer.logStartOffset = partition.log.startOffset
            if !appended.isDuplicate {
                core.counters.batchesAppended += 1
                core.counters.bytesAppended += UInt64(records.count)
                core.touched(partition)
            }
            return (answer, (partition, appended.lastOffset + 1))
        } catch {
            (answer.errorCode, answer.errorMessage) = error.answer
            if case .failed(let problem) = error, partition.log.failure != nil {
                core.fail(BrokerError(problem.message, hint: problem.hint))
            }
            return (answer, nil)
        }
    }

    private static func refusal(of batch: RecordBatch, for partition: Partition, _ core: BrokerCore) -> ErrorCode? {
        if Topic.isInternal(partition.topic) { return .invalidTopicException }
        guard batch.hasProducer else { return nil }
        guard batch.isTransactional else {
            // An id that nobody was given could be the next one that somebody is.
            return core.producerIds.wasGivenOut(batch.producerId) ? nil : .unknownProducerId
        }
        return core.transactions.coordinator.refusal(
            ofProducer: batch.producerId, epoch: batch.producerEpoch,
            writingTo: .init(topic: partition.topic, index: partition.index))
    }

    private static func refuseAll(_ request: ProduceRequest, _ error: ErrorCode) -> [ProduceResponse.Topic] {
        request.topicData.map { topic in
            .init {
                $0.name = topic.name
                $0.partitionResponses = topic.partitionData.map { part in
                    .init {
                        $0.index = part.index
                        $0.errorCode = error
                        $0.baseOffset = -1
                    }
                }
            }
        }
    }
}

extension AppendRefusal {
    /// The protocol's number for it, and words for clients that show them.
    var answer: (ErrorCode, String?) {
        switch self {
        case .corrupt(let words): (.corruptMessage, words)
        case .unsupportedFormat(let magic): (.unsupportedForMessageFormat, "message format \(magic) is not taken")
        case .unsupportedCompression(let codec): (.unsupportedCompressionType, "compression \(codec) is not known")
        case .tooLarge(let bytes, let maximum): (.messageTooLarge, "a batch of \(bytes) bytes; \(maximum) are allowed")
        case .invalidRecord(let words): (.invalidRecord, words)
        case .outOfOrderSequence(let expected, let found):
            (.outOfOrderSequenceNumber, "sequence \(found) where \(expected) was due")
        case .fencedProducer(let current, let found):
            (.invalidProducerEpoch, "epoch \(found) of a producer that is at \(current)")
        case .transactionInProgress: (.invalidTxnState, "the producer's transaction is open")
        case .failed(let error): (.kafkaStorageError, error.message)
        }
    }
}
