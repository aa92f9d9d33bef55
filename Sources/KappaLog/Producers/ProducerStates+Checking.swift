package import KappaRecords

extension ProducerStates {
    /// Decides about a producer's batch before it is appended: a batch that is one of the last five is answered
    /// again with its first offset, and nothing is appended.
    package func check(_ batch: RecordBatch) throws(AppendRefusal) -> Batch? {
        guard batch.hasProducer, let producer = producers[batch.producerId] else { return nil }
        let epoch = batch.producerEpoch
        if batch.isControl {
            guard epoch >= producer.epoch else { throw .fencedProducer(current: producer.epoch, found: epoch) }
            return nil
        }
        guard epoch >= producer.epoch else { throw .fencedProducer(current: producer.epoch, found: epoch) }
        if let repeated = repeated(batch, of: producer) { return repeated }
        let expected = epoch == producer.epoch ? ProducerStates.sequence(after: producer.batches.last?.lastSequence) : 0
        guard batch.baseSequence == expected else {
            throw .outOfOrderSequence(expected: expected, found: batch.baseSequence)
        }
        guard batch.isTransactional || producer.transactionStart == nil else { throw .transactionInProgress }
        return nil
    }

    private func repeated(_ batch: RecordBatch, of producer: Producer) -> Batch? {
        guard batch.producerEpoch == producer.epoch else { return nil }
        let last = ProducerStates.lastSequence(of: batch)
        return producer.batches.first { $0.firstSequence == batch.baseSequence && $0.lastSequence == last }
    }

    /// Sequence numbers run from 0 to 2³¹−1 and start again.
    static func sequence(after last: Int32?) -> Int32 {
        guard let last, last != Int32.max else { return 0 }
        return last + 1
    }

    static func lastSequence(of batch: RecordBatch) -> Int32 {
        Int32((Int64(batch.baseSequence) + Int64(batch.lastOffsetDelta)) & Int64(Int32.max))
    }
}
