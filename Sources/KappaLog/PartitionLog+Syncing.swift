extension PartitionLog {
    /// What has to be synced to make everything appended so far durable; nil where all of it is, or while another
    /// ticket of this log is out. `checkpoint` also notes the state for a quick start after a crash, which
    /// happens by itself every so many bytes.
    package func pendingSync(checkpoint: Bool = false) -> SyncTicket? {
        guard !syncRunning, stopped == nil else { return nil }
        let noted = bytesSinceCheckpoint >= configuration.checkpointBytes || (checkpoint && bytesSinceCheckpoint > 0)
        guard !unsynced.isEmpty || directoryUnsynced || noted else { return nil }
        do {
            let writing = noted ? try makeCheckpoint() : nil
            var files: [any StorageFile] = []
            for segment in unsynced { files.append(try segment.file()) }
            defer {
                unsynced.removeAll(keepingCapacity: true)
                directoryUnsynced = false
                syncRunning = true
                if noted { bytesSinceCheckpoint = 0 }
            }
            return SyncTicket(
                target: endOffset, files: files, directory: directoryUnsynced ? directory : nil, checkpoint: writing,
                storage: storage)
        } catch {
            stopped = error
            return nil
        }
    }

    /// Takes in what became of a ticket. After a failure the log takes nothing more, for good.
    package func finishSync(_ ticket: SyncTicket, _ result: Result<Void, LogError>) throws(LogError) {
        syncRunning = false
        switch result {
        case .success:
            syncedOffset = max(syncedOffset, min(ticket.target, endOffset))
        case .failure(let error):
            stopped = error
            throw error
        }
        checkInvariants()
    }

    /// The failure after which the log takes nothing more.
    package var failure: LogError? { stopped }

    func makeCheckpoint() throws(LogError) -> Checkpoint.Writing {
        try active.flushIndexes()
        let lines = segments.map { segment in
            Checkpoint.SegmentLine(
                baseOffset: segment.baseOffset, size: segment.size, nextOffset: segment.nextOffset,
                maxTimestamp: segment.maxTimestamp, maxTimestampOffset: segment.maxTimestampOffset,
                firstTimestamp: segment.firstTimestamp, indexEntries: segment.offsetIndex.written,
                timeEntries: segment.timeIndex.written)
        }
        return Checkpoint.Writing(
            directory: directory, bytes: Checkpoint(segments: lines, producers: producers).encoded())
    }
}
