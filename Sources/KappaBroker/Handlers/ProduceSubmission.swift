import KappaCore
import KappaLog
import KappaRecords
import KappaWire

/// The batches of one request on their way into the logs.
///
/// Those that have to be opened or packed anew are looked at on another thread, with bytes of their own, for the
/// request's lie in the connection's buffer.
final class ProduceSubmission: @unchecked Sendable {
    // Unchecked: it belongs to the loop's thread, but for the time that it is handed to the worker, which alone calls
    // `examine`.

    private struct Part {
        var index: Int32
        var partition: Partition?
        var batch: Batch
        var examination: RecordExamination?
    }

    private enum Batch {
        /// In the connection's own buffer, which nobody else reads.
        case borrowed(UnsafeRawBufferPointer?)
        case owned([UInt8])
        case examined([UInt8])
        case refused(AppendRefusal)
        case denied
    }

    let acks: Int16
    private let transactionalId: String?
    private let version: Int16
    /// What a topic that is not there is called where topics go by their ids, and where they go by name.
    private let unknown: ErrorCode
    /// Whether something has to be opened or packed.
    private(set) var isLengthy = false
    private var topics: [(topic: ProduceRequest.Topic, parts: [Part])]

    init(_ request: ProduceRequest, _ call: Call<ProduceResponse>, _ core: BrokerCore) {
        version = call.version
        let version = call.version
        acks = request.acks
        transactionalId = request.transactionalId
        unknown = version >= 13 ? .unknownTopicId : .unknownTopicOrPartition
        topics = request.topicData.map { topic in
            let named = version >= 13 ? core.topics.topic(topic.topicId)?.name ?? "" : topic.name
            // An id that no topic has is told from a topic that the client may not write to: ids are no secret.
            let isKnown = version < 13 || !named.isEmpty
            let isDenied = isKnown && !call.may(.write, .topic(named), core)
            let parts = topic.partitionData.map { part in
                guard !isDenied else { return Part(index: part.index, partition: nil, batch: .denied) }
                let partition = core.topics.partition(named, part.index)
                return Part(index: part.index, partition: partition, batch: .borrowed(part.records))
            }
            return (topic, parts)
        }
        for topic in topics.indices {
            for part in topics[topic].parts.indices { weigh(&topics[topic].parts[part], core) }
        }
    }

    private func weigh(_ part: inout Part, _ core: BrokerCore) {
        guard case .borrowed(let bytes?) = part.batch, let partition = part.partition else { return }
        let examination = partition.log.examination(now: core.now.timestamp)
        guard let batch = RecordBatch(startOf: bytes), examination.isLengthy(batch) else { return }
        do {
            // What the header alone tells is no work for another thread.
            try partition.log.admit(bytes)
            part.examination = examination
            isLengthy = true
        } catch {
            part.batch = .refused(error)
        }
    }

    // MARK: On the worker's thread

    /// Copies what is still in the connection's buffer; answers how much that was.
    func takeBytes() -> Int {
        var count = 0
        forEachPart { part in
            guard case .borrowed(let bytes?) = part.batch else { return }
            part.batch = .owned(Array(bytes))
            count += bytes.count
        }
        return count
    }

    func examine() {
        forEachPart { part in
            guard case .owned(var bytes) = part.batch, let examination = part.examination else { return }
            part.batch = .borrowed(nil)
            switch bytes.withUnsafeMutableBytes({ examination.examine($0) }) {
            case .sound: part.batch = .examined(bytes)
            case .replaced(let packed): part.batch = .examined(packed)
            case .refused(let refusal): part.batch = .refused(refusal)
            }
        }
    }

    private func forEachPart(_ body: (inout Part) -> Void) {
        for topic in topics.indices {
            for part in topics[topic].parts.indices { body(&topics[topic].parts[part]) }
        }
    }

    // MARK: On the loop's thread again

    /// Appends all that may be; answers what became of each part, and what has to be waited for.
    func append(_ core: BrokerCore) -> (ProduceResponse, waiting: [(Partition, Int64)]) {
        var waiting: [(Partition, Int64)] = []
        let response = response { part in
            let (answer, place) = append(part, core)
            if let place { waiting.append(place) }
            return answer
        }
        return (response, waiting)
    }

    /// The same error for all parts.
    func refused(_ error: ErrorCode) -> ProduceResponse {
        response { part in ProduceSubmission.refusal(error, part.index) }
    }

    private func response(_ answer: (Part) -> ProduceResponse.Partition) -> ProduceResponse {
        ProduceResponse { response in
            response.responses = topics.map { topic, parts in
                .init {
                    $0.name = topic.name
                    $0.topicId = topic.topicId
                    $0.partitionResponses = parts.map(answer)
                }
            }
        }
    }

    private static func refusal(
        _ error: ErrorCode, _ index: Int32, _ words: String? = nil
    ) -> ProduceResponse.Partition {
        .init {
            $0.index = index
            $0.errorCode = error
            $0.errorMessage = words
            $0.baseOffset = -1
        }
    }

    private func append(_ part: Part, _ core: BrokerCore) -> (ProduceResponse.Partition, (Partition, Int64)?) {
        if case .denied = part.batch {
            return (ProduceSubmission.refusal(.topicAuthorizationFailed, part.index), nil)
        }
        guard let partition = part.partition, !partition.isDeleted else {
            return (ProduceSubmission.refusal(unknown, part.index), nil)
        }
        switch part.batch {
        case .borrowed(nil):
            let words = "the request holds no whole batch for this partition"
            return (ProduceSubmission.refusal(.corruptMessage, part.index, words), nil)
        case .borrowed(let bytes?):
            return append(UnsafeMutableRawBufferPointer(mutating: bytes), .client, partition, core)
        case .owned(var bytes):
            return bytes.withUnsafeMutableBytes { append($0, .client, partition, core) }
        case .examined(var bytes):
            return bytes.withUnsafeMutableBytes { append($0, .examined, partition, core) }
        case .denied: return (ProduceSubmission.refusal(.topicAuthorizationFailed, part.index), nil)
        case .refused(let refusal): return (answer(refusal, partition, core), nil)
        }
    }

    private func append(
        _ bytes: UnsafeMutableRawBufferPointer, _ origin: PartitionLog.Origin, _ partition: Partition,
        _ core: BrokerCore
    ) -> (ProduceResponse.Partition, (Partition, Int64)?) {
        if let batch = RecordBatch(startOf: UnsafeRawBufferPointer(bytes)),
            let refusal = refusal(of: batch, for: partition, core)
        {
            return (ProduceSubmission.refusal(refusal, partition.index), nil)
        }
        do {
            let appended = try partition.log.append(bytes, from: origin, now: core.now.timestamp)
            if !appended.isDuplicate {
                core.counters.batchesAppended += 1
                core.counters.bytesAppended += UInt64(bytes.count)
                core.touched(partition)
            }
            let answer = ProduceResponse.Partition {
                $0.index = partition.index
                $0.baseOffset = appended.baseOffset
                $0.logAppendTimeMs = appended.logAppendTime
                $0.logStartOffset = partition.log.startOffset
            }
            return (answer, (partition, appended.lastOffset + 1))
        } catch {
            return (answer(error, partition, core), nil)
        }
    }

    private func answer(
        _ refusal: AppendRefusal, _ partition: Partition, _ core: BrokerCore
    ) -> ProduceResponse.Partition {
        if case .failed(let problem) = refusal, partition.log.failure != nil {
            core.fail(BrokerError(problem.message, hint: problem.hint))
        }
        let (code, words) = refusal.answer
        var answer = ProduceSubmission.refusal(code, partition.index, words)
        answer.recordErrors = refusal.problems.map { problem in
            .init {
                $0.batchIndex = problem.index
                $0.batchIndexErrorMessage = problem.words
            }
        }
        return answer
    }

    private func refusal(of batch: RecordBatch, for partition: Partition, _ core: BrokerCore) -> ErrorCode? {
        if Topic.isInternal(partition.topic) { return .invalidTopicException }
        if acks == -1, partition.minimumReplicas > 1 { return .notEnoughReplicas }
        guard batch.hasProducer else { return nil }
        guard batch.isTransactional else {
            // An id that nobody was given could be the next one that somebody is.
            return core.producerIds.wasGivenOut(batch.producerId) ? nil : .unknownProducerId
        }
        return core.transactions.refusal(
            ofProducer: batch.producerId, batch.producerEpoch, of: transactionalId,
            writingTo: .init(topic: partition.topic, index: partition.index), adds: version >= 12,
            knowsAbortable: version >= 11)
    }
}
