package import KappaCore
package import KappaRecords

extension PartitionLog {
    /// Checks the bytes of a request before anything is touched: one whole batch that is sound and fit for this log, as
    /// far as can be seen without a look at the records.
    @discardableResult
    package func admit(
        _ bytes: UnsafeRawBufferPointer, from origin: Origin = .client
    ) throws(AppendRefusal) -> RecordBatch {
        if bytes.count > RecordBatch.headerSize {
            let magic = bytes.bigEndian(at: 16, as: Int8.self)
            guard magic == 2 else { throw .unsupportedFormat(magic: magic) }
        }
        guard let batch = RecordBatch(startOf: bytes), batch.size == bytes.count else {
            throw .corrupt("a produced batch must be exactly one whole batch")
        }
        guard batch.size <= configuration.maxMessageBytes || origin == .broker else {
            throw .tooLarge(bytes: batch.size, maximum: configuration.maxMessageBytes)
        }
        do {
            try batch.validate()
        } catch {
            throw .corrupt("the batch \(error.words)")
        }
        guard batch.attributes.codec != nil else {
            throw .unsupportedCompression(codec: batch.attributes.codecNumber)
        }
        if origin != .broker { try admitFromClient(batch) }
        return batch
    }

    /// What looks into batches for this log as it is set now.
    package func examination(now: Timestamp) -> RecordExamination {
        RecordExamination(configuration, now: now.milliseconds)
    }

    private func admitFromClient(_ batch: RecordBatch) throws(AppendRefusal) {
        guard !batch.isControl else { throw .invalidRecord("a client may not write control records") }
        guard !batch.attributes.contains(.logAppendTime) else {
            throw .invalidTimestamps([], "Invalid timestamp type in message: producers do not stamp LogAppendTime")
        }
        guard !batch.attributes.contains(.deleteHorizon) else {
            throw .invalidRecord("only compaction marks a batch with a time for its tombstones to go")
        }
        guard batch.recordCount > 0, Int64(batch.recordCount) == Int64(batch.lastOffsetDelta) + 1 else {
            throw .invalidRecord("a batch of \(batch.recordCount) records spans \(batch.lastOffsetDelta) + 1 offsets")
        }
        guard !batch.hasProducer || (batch.producerEpoch >= 0 && batch.baseSequence >= 0) else {
            throw .invalidRecord("a batch of producer \(batch.producerId) has no epoch or sequence")
        }
        guard batch.hasProducer || !batch.isTransactional else {
            throw .invalidRecord("a transactional batch has no producer id")
        }
    }
}
