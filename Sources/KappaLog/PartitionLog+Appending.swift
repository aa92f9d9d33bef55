package import KappaCore
import KappaRecords

extension PartitionLog {
    /// Where a batch went.
    package struct Appended: Equatable, Sendable {
        package var baseOffset: Int64
        package var lastOffset: Int64
        /// The time that the broker stamped on the batch, or -1 where the producer's times stand.
        package var logAppendTime: Int64
        /// The batch was already here; nothing was appended.
        package var isDuplicate: Bool
    }

    /// Who sends a batch: a client, whose bytes are checked; a client whose records a `RecordExamination` has found
    /// sound; or the broker itself, which may write control batches.
    package enum Origin: Sendable {
        case client, examined, broker
    }

    /// Appends exactly one batch. Its base offset, leader epoch and, where the log stamps times, its timestamp are
    /// written into `bytes` in place; the records stay as they were sent. On an error nothing of it is kept.
    package func append(
        _ bytes: UnsafeMutableRawBufferPointer, from origin: Origin = .client, now: Timestamp
    ) throws(AppendRefusal) -> Appended {
        if let stopped { throw .failed(stopped) }
        let batch = try admit(UnsafeRawBufferPointer(bytes), from: origin)
        if origin == .client {
            switch examination(now: now).examine(bytes) {
            case .refused(let refusal): throw refusal
            case .sound: break
            case .replaced(var packed):
                return try packed.withMutableRawBytes { raw throws(AppendRefusal) in
                    try append(raw, from: .examined, now: now)
                }
            }
        }
        return try append(admitted: batch, bytes, now: now)
    }

    private func append(
        admitted batch: RecordBatch, _ bytes: UnsafeMutableRawBufferPointer, now: Timestamp
    ) throws(AppendRefusal) -> Appended {
        if let repeated = try producers.check(batch) {
            return Appended(
                baseOffset: repeated.baseOffset, lastOffset: repeated.lastOffset,
                logAppendTime: stampsTime ? repeated.timestamp : -1, isDuplicate: true)
        }
        let offset = endOffset
        RecordBatch.assign(baseOffset: offset, leaderEpoch: PartitionLog.leaderEpoch, in: bytes)
        if stampsTime { RecordBatch.stamp(logAppendTime: now.milliseconds, in: bytes) }
        do {
            try write(batch)
        } catch {
            throw .failed(error)
        }
        producers.apply(batch, seenAt: now.milliseconds)
        checkInvariants()
        return Appended(
            baseOffset: offset, lastOffset: batch.lastOffset, logAppendTime: stampsTime ? now.milliseconds : -1,
            isDuplicate: false)
    }

    /// The same for bytes that the broker made itself.
    package func append(own bytes: [UInt8], now: Timestamp) throws(AppendRefusal) -> Appended {
        var bytes = bytes
        return try bytes.withMutableRawBytes { raw throws(AppendRefusal) in
            try append(raw, from: .broker, now: now)
        }
    }

    private var stampsTime: Bool { configuration.timestampType == .logAppendTime }

    private func write(_ batch: RecordBatch) throws(LogError) {
        if mustRoll(for: batch) { try roll() }
        let segment = active
        let file = try segment.file(create: true)
        let before = segment.size
        do {
            try file.write(batch.bytes, at: before)
        } catch {
            try undo(file, to: before)
            throw error
        }
        if unsynced.last !== segment { unsynced.append(segment) }
        bytesSinceCheckpoint += batch.size
        appendedBytes += batch.size
        try segment.took(batch, indexInterval: configuration.indexIntervalBytes)
    }

    /// Takes back the part of a batch that a full disk let in; where even that fails, nothing more may be appended.
    private func undo(_ file: any StorageFile, to size: Int) throws(LogError) {
        do {
            try file.truncate(to: size)
        } catch {
            stopped = error
            throw error
        }
    }

    private func mustRoll(for batch: RecordBatch) -> Bool {
        let segment = active
        guard segment.size > 0 else { return false }
        if segment.size + batch.size > configuration.segmentBytes { return true }
        // Index entries hold offsets and positions in 32 bits.
        if batch.nextOffset - segment.baseOffset > Int64(Int32.max) { return true }
        // By the records' own times, as Kafka does: old data that is loaded today must not make a segment per batch.
        return segment.age(at: batch.maxTimestamp) >= configuration.rollMilliseconds
    }

    /// Closes the active segment and starts the next one at the end offset.
    package func roll() throws(LogError) {
        try requireRunning()
        guard active.size > 0 else { return }
        do {
            try active.seal()
        } catch  where error.isOutOfSpace {
            // Indexes are caches: without them look-ups take longer, and the records are safe.
            active.forgetIndexes()
        }
        let closed = active
        let segment = Segment(baseOffset: endOffset, directory: directory, storage: storage)
        _ = try segment.file(create: true)
        segments.append(segment)
        keepOpen(closed)
        directoryUnsynced = true
    }
}
