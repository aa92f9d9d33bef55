package import KappaCore

extension PartitionLog {
    /// The keys that one round of compaction holds in memory: 24 bytes each, with a third to spare.
    static let compactionKeys = 750_000

    /// Only closed, synced segments whose transactions are all decided take part, and none with a record that is too
    /// young.
    private func compactable(_ now: Timestamp) -> ArraySlice<Segment> {
        let end = lastStableOffset(visible: syncedOffset)
        let youngest = now.milliseconds.subtractingSaturated(configuration.minCompactionLagMilliseconds)
        return segments.dropLast().prefix { segment in
            segment.nextOffset <= end
                && (configuration.minCompactionLagMilliseconds == 0 || segment.maxTimestamp <= youngest)
        }
    }

    /// How much of the log is new since its last compaction, as a share, where that is worth a round; infinite where
    /// a record has waited as long as it may, and nil where nothing is due or it must wait.
    package func compactionNeed(now: Timestamp) -> Double? {
        guard configuration.cleanupPolicy.contains(.compact), stopped == nil, !syncRunning else { return nil }
        let parts = compactable(now)
        let dirty = parts.filter { $0.nextOffset > compactedOffset }
        guard let first = dirty.first else { return nil }
        let oldest = now.milliseconds.subtractingSaturated(configuration.maxCompactionLagMilliseconds)
        if configuration.maxCompactionLagMilliseconds < .max, (first.firstTimestamp ?? .max) <= oldest {
            return .infinity
        }
        let share = Double(dirty.reduce(0) { $0 + $1.size }) / Double(max(1, parts.reduce(0) { $0 + $1.size }))
        return share >= configuration.minCleanableRatio ? share : nil
    }

    /// What there is to compact now; nil where that is too little to be worth it, or where it must wait.
    package func compactionPlan(now: Timestamp) -> CompactionPlan? {
        guard compactionNeed(now: now) != nil else { return nil }
        let parts = compactable(now)
        return CompactionPlan(
            directory: directory, storage: storage,
            parts: parts.map {
                .init(baseOffset: $0.baseOffset, path: $0.path, size: $0.size, nextOffset: $0.nextOffset)
            }, dirtyFrom: compactedOffset, aborted: producers.aborted,
            lastOffsets: producers.producers.compactMapValues { $0.batches.last?.lastOffset },
            markerEpochs: producers.producers.filter { $0.value.batches.isEmpty }.mapValues(\.epoch),
            now: now.milliseconds, deleteRetention: configuration.deleteRetentionMilliseconds,
            maxKeys: PartitionLog.compactionKeys, segmentBytes: configuration.segmentBytes)
    }

    /// Puts the rewritten segments in the places of the old ones. False where a sync is running: ask again after it.
    package func finishCompaction(
        _ plan: CompactionPlan, _ result: Result<CompactionPlan.Outcome, LogError>
    ) throws(LogError) -> Bool {
        try requireRunning()
        guard !syncRunning else { return false }
        let outcome = try result.get()
        var swaps: [CompactionPlan.Outcome.Rewritten] = []
        for swap in outcome.rewritten {
            if isStillThere(swap) {
                swaps.append(swap)
            } else {
                try storage.remove(Segment.cleanedPath(of: swap.parts[0].path))
            }
        }
        try halting { () throws(LogError) in try swapIn(swaps, compactedTo: outcome.compactedTo) }
        checkInvariants()
        return true
    }

    /// All of it at once, for a log that is small enough to wait for.
    package func compact(now: Timestamp) throws(LogError) {
        guard let plan = compactionPlan(now: now) else { return }
        _ = try finishCompaction(plan, plan.run())
    }

    /// Retention may have taken a segment away meanwhile.
    private func isStillThere(_ swap: CompactionPlan.Outcome.Rewritten) -> Bool {
        swap.parts.allSatisfy { part in
            segments.dropLast().contains { $0.baseOffset == part.baseOffset && $0.size == part.size }
        }
    }

    /// In the order that a crash needs: that gaps are allowed, that these segments are to be read anew, the renames,
    /// the removals from the oldest on, and at last a checkpoint that knows the new sizes.
    private func swapIn(
        _ swaps: [CompactionPlan.Outcome.Rewritten], compactedTo offset: Int64
    ) throws(LogError) {
        try StoredOffset.compacted.write(offset, in: directory, storage: storage)
        compactedOffset = max(compactedOffset, offset)
        guard !swaps.isEmpty else { return }
        if !unsynced.isEmpty || directoryUnsynced { try syncHere() }
        let replaced = Set(swaps.flatMap { $0.parts.map(\.baseOffset) })
        try makeCheckpoint(except: replaced).run(on: storage)
        for swap in swaps {
            try storage.rename(Segment.cleanedPath(of: swap.parts[0].path), to: swap.parts[0].path)
            try storage.syncDirectory(directory)
            for part in swap.parts.dropFirst() { try removeSegmentFiles(part.baseOffset) }
        }
        for swap in swaps { try reopen(swap) }
        hints.clear()
        openClosed.removeAll()
        // Only now is no record of these left.
        producers.forgetAborted(before: compactedOffset)
        for file in try indexFilesToSync() { try file.sync() }
        try storage.syncDirectory(directory)
        try makeCheckpoint().run(on: storage)
    }

    private func syncHere() throws(LogError) {
        guard let ticket = pendingSync() else { return try requireRunning() }
        try finishSync(ticket, ticket.run())
    }

    private func reopen(_ swap: CompactionPlan.Outcome.Rewritten) throws(LogError) {
        let (first, last) = (swap.parts[0], swap.parts[swap.parts.count - 1])
        guard let number = segments.firstIndex(where: { $0.baseOffset == first.baseOffset }) else { return }
        let segment = Segment(baseOffset: first.baseOffset, directory: directory, storage: storage)
        segment.size = swap.size
        segment.nextOffset = last.nextOffset
        segment.firstTimestamp = segments[number].firstTimestamp
        try segment.rebuildIndexes(
            gapsBefore: compactedOffset, indexInterval: configuration.indexIntervalBytes)
        segments.replaceSubrange(number..<number + swap.parts.count, with: [segment])
    }
}
