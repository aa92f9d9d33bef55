import KappaCore
import KappaLog
import KappaRecords
import KappaWire

/// Appends batches. Each partition's part stands or falls alone; the answer waits until all of it counts.
enum ProduceHandler: Handler {
    typealias Request = ProduceRequest
    /// librdkafka compresses only where versions overlap that nobody sends any more (KAFKA-18659).
    static var advertised: ClosedRange<Int16> { 0...ProduceRequest.versions.upperBound }
    /// The next request may join the same sync.
    static var mayOverlap: Bool { true }

    static func handle(
        _ request: ProduceRequest, _ call: Call<ProduceResponse>, _ core: BrokerCore
    ) -> Outcome<ProduceResponse> {
        let submission = ProduceSubmission(request, call, core)
        guard mayWriteTransactions(request, call, core) else {
            return .answer(submission.refused(.transactionalIdAuthorizationFailed))
        }
        guard [-1, 0, 1].contains(request.acks) else { return .answer(submission.refused(.invalidRequiredAcks)) }
        guard submission.isLengthy else { return finish(submission, call, core) }
        let held = submission.takeBytes()
        core.holdRequestBytes(held)
        call.keepOthersOut()
        core.elsewhere {
            submission.examine()
        } _: {
            core.holdRequestBytes(-held)
            let outcome = finish(submission, call, core)
            call.letOthersIn()
            if case .wait = outcome { return }
            call.finish(outcome)
        }
        return .wait
    }

    /// Records of a transaction need the right to its id, too.
    private static func mayWriteTransactions(
        _ request: ProduceRequest, _ call: Call<ProduceResponse>, _ core: BrokerCore
    ) -> Bool {
        guard core.access != nil else { return true }
        let isTransactional = request.topicData.contains { topic in
            topic.partitionData.contains { part in
                part.records.flatMap { RecordBatch(startOf: $0) }?.isTransactional ?? false
            }
        }
        guard isTransactional else { return true }
        guard let id = request.transactionalId else { return false }
        return call.may(.write, .transactionalId(id), core)
    }

    private static func finish(
        _ submission: ProduceSubmission, _ call: Call<ProduceResponse>, _ core: BrokerCore
    ) -> Outcome<ProduceResponse> {
        let (response, waiting) = submission.append(core)
        // Without an answer there is no other way to tell the client that something went wrong.
        if submission.acks == 0 {
            let failed = response.responses.contains { $0.partitionResponses.contains { $0.errorCode != .noError } }
            return failed ? .close : .silent
        }
        // With one replica, the leader alone (1) and all replicas (-1) are the same: the answer waits until what was
        // written counts and can be read, so that whoever was answered finds it.
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
}

extension AppendRefusal {
    /// The protocol's number for it, and words for clients that show them.
    var answer: (ErrorCode, String?) {
        switch self {
        case .corrupt(let words): (.corruptMessage, words)
        case .unsupportedFormat(let magic): (.unsupportedForMessageFormat, "message format \(magic) is not taken")
        case .unsupportedCompression(let codec): (.unsupportedCompressionType, "compression \(codec) is not known")
        case .tooLarge(let bytes, let maximum): (.messageTooLarge, "a batch of \(bytes) bytes; \(maximum) are allowed")
        case .invalidRecord(let words), .invalidRecords(_, let words): (.invalidRecord, words)
        case .invalidTimestamps(_, let words): (.invalidTimestamp, words)
        case .outOfOrderSequence(let expected, let found):
            (.outOfOrderSequenceNumber, "sequence \(found) where \(expected) was due")
        case .fencedProducer(let current, let found):
            (.invalidProducerEpoch, "epoch \(found) of a producer that is at \(current)")
        case .transactionInProgress: (.invalidTxnState, "the producer's transaction is open")
        case .failed(let error): (.kafkaStorageError, error.message)
        }
    }
}
