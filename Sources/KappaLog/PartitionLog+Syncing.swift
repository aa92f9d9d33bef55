extension PartitionLog {
    /// What has to be synced to make everything appended so far durable; nil where all of it is, or while another
    /// ticket of this log is out. `checkpoint` also notes the state for a quick start after a crash, which
    /// happens by itself every so many bytes.
    package func pendingSync(checkpoint: Bool = false) -> SyncTicket? {
        guard !syncRunning, stopped == nil else { return nil }
        // A new segment's first sync is noted: so recovery knows a segment without a checkpoint as one that was never
        // acknowledged, and the records that a power cut took from the end of the segment before it as no hole.
        let noted =
            bytesSinceCheckpoint >= configuration.checkpointBytes || (checkpoint && bytesSinceCheckpoint > 0)
            || directoryUnsynced
        guard !unsynced.isEmpty || noted else { return nil }
        do {
            let writing = noted ? try makeCheckpoint() : nil
            var files: [any StorageFile] = []
            for segment in unsynced { files.append(try segment.file()) }
            if noted { files += try indexFilesToSync() }
            defer {
                unsynced.removeAll(keepingCapacity: true)
                directoryUnsynced = false
                syncRunning = true
                if noted { bytesSinceCheckpoint = 0 }
            }
            return SyncTicket(
                target: endOffset, files: files, directory: directoryUnsynced ? directory : nil, checkpoint: writing,
                mark: mark(), storage: storage)
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

    /// The mark stays open, for it is written at every sync.
    func mark() -> SyncMark? {
        if openMark == nil { openMark = try? SyncMark(in: directory, storage: storage) }
        return openMark
    }

    /// The failure after which the log takes nothing more.
    package var failure: LogError? { stopped }

    /// The index files that grew since the last checkpoint: what a checkpoint vouches for is on the disk before it.
    func indexFilesToSync() throws(LogError) -> [any StorageFile] {
        var files: [any StorageFile] = []
        for segment in segments where segment.indexesUnsynced || segment === active {
            segment.indexesUnsynced = false
            files += try segment.indexFiles()
        }
        return files
    }

    /// `except` leaves out segments that are about to be replaced, so that a crash amid that reads them anew.
    func makeCheckpoint(except bases: Set<Int64> = []) throws(LogError) -> Checkpoint.Writing {
        try active.flushIndexes()
        let lines = segments.filter { !bases.contains($0.baseOffset) }.map(\.checkpointLine)
        let checkpoint = Checkpoint(
            recoveredOffset: endOffset, segments: lines, producers: producers, startOffset: startOffset)
        notedStart = startOffset
        return Checkpoint.Writing(directory: directory, bytes: checkpoint.encoded())
    }
}
