import KappaRecords

extension PartitionLog {
    /// Checks the bytes of a request before anything is touched: one whole batch, sound, and fit for this log.
    func admit(_ bytes: UnsafeRawBufferPointer, from origin: Origin) throws(AppendRefusal) -> RecordBatch {
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
        guard let codec = batch.attributes.codec else {
            throw .unsupportedCompression(codec: batch.attributes.codecNumber)
        }
        if origin == .client { try admitFromClient(batch, codec: codec) }
        return batch
    }

    private func admitFromClient(_ batch: RecordBatch, codec: RecordBatch.Codec) throws(AppendRefusal) {
        guard !batch.isControl else { throw .invalidRecord("a client may not write control records") }
        guard batch.recordCount > 0, Int64(batch.recordCount) == Int64(batch.lastOffsetDelta) + 1 else {
            throw .invalidRecord("a batch of \(batch.recordCount) records spans \(batch.lastOffsetDelta) + 1 offsets")
        }
        guard !batch.hasProducer || (batch.producerEpoch >= 0 && batch.baseSequence >= 0) else {
            throw .invalidRecord("a batch of producer \(batch.producerId) has no epoch or sequence")
        }
        guard batch.hasProducer || !batch.isTransactional else {
            throw .invalidRecord("a transactional batch has no producer id")
        }
        let needsKeys = configuration.cleanupPolicy.contains(.compact)
        // What is compressed is opened only where the keys matter; the consumer's own decoder checks the rest.
        if needsKeys || codec == .none { try admitRecords(of: batch, needKeys: needsKeys) }
    }

    private func admitRecords(of batch: RecordBatch, needKeys: Bool) throws(AppendRefusal) {
        var expected = batch.baseOffset
        var refusal: AppendRefusal?
        do {
            try batch.forEachRecord { record in
                if record.offset != expected { refusal = .invalidRecord("the records' offsets have gaps") }
                if needKeys, record.key == nil {
                    refusal = .invalidRecord("a compacted log takes no record without a key")
                }
                expected += 1
            }
        } catch {
            throw .corrupt("the batch \(error.words)")
        }
        if let refusal { throw refusal }
    }
}
