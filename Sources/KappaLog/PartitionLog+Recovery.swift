import KappaCore
import KappaRecords

/// Recovery, in order: what is known durably, which segments there are, what no checkpoint vouches for is read and
/// verified, the unfinished end is cut, and all that was read is synced before any of it is served.
extension PartitionLog {
    func recover(now: Timestamp) throws(LogError) {
        try storage.makeDirectory(directory)
        let names = try storage.list(directory)
        try removeLeftovers(names)
        startOffset = try StoredOffset.logStart.read(in: directory, storage: storage) ?? 0
        compactedOffset = try StoredOffset.compacted.read(in: directory, storage: storage) ?? 0
        let checkpoint = try Checkpoint.read(in: directory, storage: storage)
        // Where a checkpoint stands, an earlier life of this log has made its folder durable.
        if checkpoint == nil { try storage.syncDirectory(PartitionLog.parent(of: directory)) }
        marked = try SyncMark.read(in: directory, storage: storage)
        if let checkpoint {
            producers = checkpoint.producers
            notedStart = checkpoint.startOffset
            startOffset = max(startOffset, notedStart)
        }
        let bases = try dropDeleted(names.compactMap(Segment.baseOffset(ofFile:)).sorted())
        try requireAll(checkpoint, in: bases)
        try openSegments(bases, checkpoint, now)
        let known = Set(checkpoint?.segments.map(\.baseOffset) ?? [])
        try finishRecovery(isNoted: checkpoint != nil && segments.allSatisfy { known.contains($0.baseOffset) })
    }

    /// Half-made files, which were never part of the log: their last step is a rename.
    private func removeLeftovers(_ names: [String]) throws(LogError) {
        for name in names where name.hasSuffix(AtomicFile.suffix) || name.hasSuffix(Segment.cleanedSuffix) {
            try storage.remove("\(directory)/\(name)")
        }
    }

    /// Finishes a deletion that a crash cut short: segments wholly below the durable start.
    private func dropDeleted(_ bases: [Int64]) throws(LogError) -> [Int64] {
        var kept = bases
        while kept.count > 1, kept[1] <= startOffset { try removeSegmentFiles(kept.removeFirst()) }
        return kept
    }

    func removeSegmentFiles(_ base: Int64) throws(LogError) {
        let stem = "\(directory)/\(Segment.name(base))"
        for suffix in [".index", ".timeindex", ".log"] { try storage.remove(stem + suffix) }
    }

    /// What a checkpoint lists was on the disk for good; where it is gone, records are gone.
    private func requireAll(_ checkpoint: Checkpoint?, in bases: [Int64]) throws(LogError) {
        guard let checkpoint else { return }
        let present = Set(bases)
        for line in checkpoint.segments where line.size > 0 && line.nextOffset > startOffset {
            guard !present.contains(line.baseOffset) else { continue }
            throw LogError(
                .hole,
                "\(directory)/\(Segment.name(line.baseOffset)).log is missing: it held the offsets "
                    + "\(line.baseOffset) to \(line.nextOffset - 1)",
                hint: "Put the file back, or delete the records below offset \(line.nextOffset) by hand.")
        }
    }

    private func openSegments(_ bases: [Int64], _ checkpoint: Checkpoint?, _ now: Timestamp) throws(LogError) {
        var lines: [Int64: Checkpoint.SegmentLine] = [:]
        for line in checkpoint?.segments ?? [] { lines[line.baseOffset] = line }
        let applied = checkpoint?.recoveredOffset ?? 0
        // The first sync of a segment is noted in a checkpoint: one from after it was never acknowledged.
        let acknowledged = bases.prefix { lines[$0] != nil || checkpoint == nil || $0 < applied }.count
        for (number, base) in bases.enumerated() {
            let segment =
                lines[base].map { Segment($0, directory: directory, storage: storage) }
                ?? Segment(baseOffset: base, directory: directory, storage: storage)
            if isMerged(segment, lines[base] == nil) {
                try removeSegmentFiles(base)
                continue
            }
            guard try continues(with: segment, acknowledged: number < acknowledged) else {
                return try drop(bases[number...])
            }
            segments.append(segment)
            if let broken = try resume(segment, applied: applied, now) {
                let rest = bases[(number + 1)...]
                return try cut(segment, at: broken, later: rest, acknowledged: bases[..<acknowledged])
            }
        }
    }

    /// Compaction merged this segment into the one before it, and a crash kept it from being removed.
    private func isMerged(_ segment: Segment, _ isUnknown: Bool) -> Bool {
        guard isUnknown, let previous = segments.last, segment.baseOffset < compactedOffset else { return false }
        return previous.nextOffset > segment.baseOffset
    }

    /// Records that only compaction may remove must not be missing between two segments, unless the second one was
    /// never acknowledged: a power cut may keep it and take the end of the first.
    private func continues(with segment: Segment, acknowledged: Bool) throws(LogError) -> Bool {
        guard let previous = segments.last, previous.nextOffset != segment.baseOffset else { return true }
        if previous.nextOffset < segment.baseOffset, allowsGaps(before: segment.baseOffset) { return true }
        guard acknowledged, try segment.file().size() > 0 else { return false }
        throw LogError(
            .hole,
            "\(previous.path) ends at offset \(previous.nextOffset), but \(segment.path) begins at "
                + "\(segment.baseOffset): the records between are missing",
            hint: PartitionLog.holeHint)
    }

    private func drop(_ bases: ArraySlice<Int64>) throws(LogError) {
        guard let last = segments.last else { return }
        try requireMarked(last)
        var bytes = 0
        for base in bases {
            let segment = Segment(baseOffset: base, directory: directory, storage: storage)
            bytes += try segment.file().size()
        }
        for base in bases.reversed() { try removeSegmentFiles(base) }
        droppedSegments = true
        guard bytes > 0 else { return }
        recovery.cut = .init(path: last.path, position: last.size, bytes: bytes, offset: last.nextOffset)
    }

    func allowsGaps(before offset: Int64) -> Bool {
        offset <= compactedOffset
    }

    /// Reads what no checkpoint covers; answers where sound batches end before the file does.
    private func resume(_ segment: Segment, applied: Int64, _ now: Timestamp) throws(LogError) -> (
        position: Int, words: String
    )? {
        let file = try segment.file()
        let fileSize = try file.size()
        guard fileSize >= segment.size else { throw shortened(segment, to: fileSize) }
        try segment.trustIndexes(gapsBefore: compactedOffset)
        guard fileSize > segment.size else { return nil }
        try segment.cutIndexes(to: segment.size, offset: segment.nextOffset)
        recovery.scannedBytes += fileSize - segment.size
        let expected = max(segment.nextOffset, segment.baseOffset)
        var scanner = SegmentScanner(
            file: file, fileSize: fileSize, expected: expected, gapsBefore: compactedOffset)
        let ending = try scanner.scan(from: segment.size) { batch, _ throws(LogError) in
            try segment.took(batch, indexInterval: self.configuration.indexIntervalBytes)
            if batch.baseOffset >= applied { self.producers.apply(batch, seenAt: now.milliseconds) }
        }
        unsynced.append(segment)
        if case .broken(let position, let words) = ending { return (position, words) }
        return nil
    }

    private func shortened(_ segment: Segment, to size: Int) -> LogError {
        LogError(
            .hole,
            "\(segment.path) has \(size) bytes where \(segment.size) had been synced: records before offset "
                + "\(segment.nextOffset) are missing",
            hint: PartitionLog.holeHint)
    }

    static let holeHint =
        "Nothing is served from it. Put back a copy of the folder, or run `kappa broker check` to see what is lost."

    /// Cuts an unfinished end: bytes with nothing valid after them, here or in a later segment.
    private func cut(
        _ segment: Segment, at broken: (position: Int, words: String), later: ArraySlice<Int64>,
        acknowledged: ArraySlice<Int64>
    ) throws(LogError) {
        let file = try segment.file()
        let size = try file.size()
        try refuseHole(segment, file, at: broken, later: later.filter(acknowledged.contains))
        try requireMarked(segment, broken)
        try drop(later)
        recovery.cut = Recovery.Cut(
            path: segment.path, position: broken.position,
            bytes: size - broken.position + (recovery.cut?.bytes ?? 0), offset: segment.nextOffset)
        try file.truncate(to: broken.position)
    }

    /// What was synced has been acknowledged, and is never cut.
    private func requireMarked(
        _ last: Segment?, _ broken: (position: Int, words: String)? = nil
    ) throws(LogError) {
        let end = last?.nextOffset ?? startOffset
        guard end < marked else { return }
        let place = last.map { "\($0.path) " } ?? "\(directory) "
        let what = broken.map { "is damaged at byte \($0.position) (offset \(end)): the batch there \($0.words)" }
        throw LogError(
            .hole,
            place + (what ?? "ends at offset \(end)")
                + ", and the records up to offset \(marked) had been synced and acknowledged",
            hint: PartitionLog.holeHint
                + " To go on without those records, delete \(directory)/\(SyncMark.fileName).")
    }

    private func refuseHole(
        _ segment: Segment, _ file: any StorageFile, at broken: (position: Int, words: String),
        later: [Int64]
    ) throws(LogError) {
        var found = try SoundBatchSearch(file: file, leastOffset: segment.nextOffset).first(after: broken.position)
        var path = segment.path
        for base in later where found == nil {
            let next = Segment(baseOffset: base, directory: directory, storage: storage)
            found = try SoundBatchSearch(file: try next.file(), leastOffset: base).first(after: -1)
            path = next.path
        }
        guard let found else { return }
        throw LogError(
            .hole,
            "\(segment.path) is damaged at byte \(broken.position) (offset \(segment.nextOffset)): the batch there "
                + "\(broken.words), and sound records follow at byte \(found.position) of \(path) (offset "
                + "\(found.offset))",
            hint: PartitionLog.holeHint)
    }

    private func finishRecovery(isNoted: Bool) throws(LogError) {
        try requireMarked(segments.last)
        if segments.isEmpty {
            segments = [Segment(baseOffset: startOffset, directory: directory, storage: storage)]
            _ = try active.file(create: true)
        }
        guard startOffset <= endOffset else { throw belowStart() }
        startOffset = max(startOffset, segments[0].baseOffset)
        // What was read may still be only in memory: a process that died left it there.
        for segment in unsynced { try segment.file().sync() }
        for segment in unsynced where segment !== active { try segment.seal() }
        unsynced.removeAll()
        syncedOffset = endOffset
        bytesSinceCheckpoint = recovery.scannedBytes
        if !isNoted || droppedSegments || recovery.cut != nil || bytesSinceCheckpoint >= configuration.checkpointBytes {
            for file in try indexFilesToSync() { try file.sync() }
            try storage.syncDirectory(directory)
            try makeCheckpoint().run(on: storage)
            bytesSinceCheckpoint = 0
        } else {
            try storage.syncDirectory(directory)
        }
        if recovery.scannedBytes > 0 { try? mark()?.write(endOffset) }
        for segment in segments.dropLast() { segment.closeFile() }
    }

    private func belowStart() -> LogError {
        LogError(
            .hole,
            "\(directory) ends at offset \(endOffset), below its start at \(startOffset): synced records are missing",
            hint: PartitionLog.holeHint)
    }
}
