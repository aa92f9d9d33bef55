package import KappaRecords

extension ProducerStates {
    /// Takes in a batch that stands in the log, at append and at recovery alike. `now` is the broker's clock: the
    /// batch's own times may be of long ago, and its producer is here all the same.
    package mutating func apply(_ batch: RecordBatch, seenAt now: Int64) {
        guard batch.hasProducer else { return }
        if batch.isControl {
            if let marker = TransactionMarker(batch) { end(batch, with: marker, now) }
        } else {
            applyRecords(batch, now)
        }
    }

    private mutating func applyRecords(_ batch: RecordBatch, _ now: Int64) {
        var producer = producers[batch.producerId] ?? Producer(epoch: batch.producerEpoch)
        if producer.epoch != batch.producerEpoch {
            producer.epoch = batch.producerEpoch
            producer.batches.removeAll(keepingCapacity: true)
        }
        if batch.baseSequence >= 0 { remember(batch, of: &producer) }
        producer.lastTimestamp = batch.maxTimestamp
        producer.lastSeen = now
        if batch.isTransactional, producer.transactionStart == nil {
            producer.transactionStart = batch.baseOffset
            openStarts.append(batch.baseOffset)
        }
        producers[batch.producerId] = producer
    }

    private func remember(_ batch: RecordBatch, of producer: inout Producer) {
        if producer.batches.count == ProducerStates.rememberedBatches { producer.batches.removeFirst() }
        producer.batches.append(
            Batch(
                firstSequence: batch.baseSequence, lastSequence: ProducerStates.lastSequence(of: batch),
                baseOffset: batch.baseOffset, lastOffset: batch.lastOffset, timestamp: batch.maxTimestamp))
    }

    private mutating func end(_ batch: RecordBatch, with marker: TransactionMarker, _ now: Int64) {
        var producer = producers[batch.producerId] ?? Producer(epoch: batch.producerEpoch)
        if producer.epoch != batch.producerEpoch {
            producer.epoch = batch.producerEpoch
            producer.batches.removeAll(keepingCapacity: true)
        }
        producer.coordinatorEpoch = TransactionMarker.coordinatorEpoch(of: batch) ?? producer.coordinatorEpoch
        producer.lastTimestamp = batch.maxTimestamp
        producer.lastSeen = now
        if let start = producer.transactionStart {
            producer.transactionStart = nil
            openStarts.removeAll { $0 == start }
            endings.append(Ending(firstOffset: start, markerOffset: batch.baseOffset))
            if marker == .abort {
                aborted.append(
                    AbortedTransaction(
                        producerId: batch.producerId, firstOffset: start, lastOffset: batch.baseOffset))
            }
        }
        producers[batch.producerId] = producer
    }

    /// Forgets producers that have long been silent and have nothing open, so that memory stays bounded.
    package mutating func expire(before time: Int64) {
        producers = producers.filter { $0.value.transactionStart != nil || $0.value.lastSeen >= time }
    }

    /// Forgets what concerned only records that are gone.
    mutating func forgetAborted(before offset: Int64) {
        aborted.removeAll { $0.lastOffset < offset }
    }
}
