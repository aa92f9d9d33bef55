package import KappaCore

extension PartitionLog {
    /// Removes whole segments that are older or more than the settings allow; answers how many bytes went.
    /// Only synced records go, and never the active segment's, though one that is wholly out of date is closed first.
    @discardableResult
    package func retain(now: Timestamp) throws(LogError) -> Int {
        try requireRunning()
        guard configuration.cleanupPolicy.contains(.delete) else { return try dropDeletedSegments() }
        if isExpired(active, now: now), active.size > 0 { try roll() }
        let before = sizeInBytes
        var doomed = 0
        var bytes = before
        for segment in segments.dropLast() {
            guard segment.nextOffset <= syncedOffset else { break }
            let tooMany = configuration.retentionBytes.map { bytes - segment.size >= $0 } ?? false
            guard tooMany || isExpired(segment, now: now) else { break }
            bytes -= segment.size
            doomed += 1
        }
        guard doomed > 0 else { return try dropDeletedSegments() }
        try deleteRecords(before: segments[doomed].baseOffset)
        return before - sizeInBytes
    }

    private func isExpired(_ segment: Segment, now: Timestamp) -> Bool {
        guard let keep = configuration.retentionMilliseconds, segment.maxTimestamp >= 0 else { return false }
        return now.milliseconds.subtractingSaturated(segment.maxTimestamp) > keep
    }

    /// Moves the start of the log up, durably: what lies before it is gone for every reader from then on. Offsets
    /// that are not synced yet cannot be deleted.
    package func deleteRecords(before offset: Int64) throws(LogError) {
        try requireRunning()
        guard offset <= syncedOffset else {
            throw LogError(
                .offsetOutOfRange,
                "cannot delete before offset \(offset) in \(directory), which ends at \(syncedOffset)")
        }
        guard offset > startOffset else { return }
        try halting { () throws(LogError) in
            try StoredOffset.logStart.write(offset, in: directory, storage: storage)
        }
        startOffset = offset
        producers.forgetAborted(before: offset)
        hints.clear()
        _ = try dropDeletedSegments()
        checkInvariants()
    }

    /// Removes the segments wholly below the start, of which a crash may leave some; recovery finishes the work.
    private func dropDeletedSegments() throws(LogError) -> Int {
        var bytes = 0
        while segments.count > 1, segments[1].baseOffset <= startOffset,
            !unsynced.contains(where: { $0 === segments[0] })
        {
            let segment = segments.removeFirst()
            bytes += segment.size
            try removeSegmentFiles(segment.baseOffset)
            directoryUnsynced = true
        }
        return bytes
    }

    /// After a failed sync of anything nothing more can be promised.
    func halting(_ body: () throws(LogError) -> Void) throws(LogError) {
        do {
            try body()
        } catch {
            stopped = error
            throw error
        }
    }
}
