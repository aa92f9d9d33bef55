/// The check of one partition's folder.
struct PartitionCheck {
    let directory: String
    let storage: any Storage
    let names: [String]
    var inspect: LogCheck.Inspection?

    func run(_ report: inout LogCheck.Report) throws(LogError) {
        report.partitions += 1
        var start = readOffset(.logStart, &report)
        let compacted = readOffset(.compacted, &report)
        let checkpoint = try readCheckpoint(&report)
        if let checkpoint, checkpoint.startOffset > start {
            report.add(
                .note, "\(directory)/\(StoredOffset.logStart.fileName)",
                "says \(start) where the log had been deleted up to offset \(checkpoint.startOffset); the checkpoint "
                    + "is believed")
            start = checkpoint.startOffset
        }
        noteLeftovers(&report)
        let bases = names.compactMap(Segment.baseOffset(ofFile:)).sorted()
        var previous: SegmentCheck?
        for (number, base) in bases.enumerated() {
            var check = SegmentCheck(
                baseOffset: base, path: "\(directory)/\(Segment.name(base)).log", storage: storage,
                gapsBefore: compacted, isLast: number == bases.count - 1, inspect: inspect)
            try check.run(&report)
            compare(check, with: checkpoint?.segments.first { $0.baseOffset == base }, &report)
            if let previous { follow(previous, check, compacted: compacted, &report) }
            previous = check
        }
        if let previous, previous.nextOffset < start {
            report.add(
                .damage, previous.path,
                "ends at offset \(previous.nextOffset), below the log's start at \(start): records are missing")
        }
        report.startOffset = max(start, bases.first ?? 0)
        report.endOffset = previous?.nextOffset ?? report.startOffset
        if names.contains(SyncMark.fileName), try !SyncMark.isReadable(in: directory, storage: storage) {
            report.add(
                .note, "\(directory)/\(SyncMark.fileName)", "is damaged; the next start knows less of what was synced")
        }
        if let previous, previous.nextOffset > 0, !names.contains(SyncMark.fileName) {
            report.add(
                .note, "\(directory)/\(SyncMark.fileName)", "is missing; the next start knows less of what was synced")
        }
        let marked = try SyncMark.read(in: directory, storage: storage)
        if previous?.nextOffset ?? start < marked {
            report.add(
                .damage, previous?.path ?? directory,
                "ends at offset \(previous?.nextOffset ?? start), but everything before offset \(marked) had been "
                    + "synced: acknowledged records are missing or damaged")
        }
        requireListed(checkpoint, bases, start, &report)
    }

    private func readOffset(_ stored: StoredOffset, _ report: inout LogCheck.Report) -> Int64 {
        do {
            return try stored.read(in: directory, storage: storage) ?? 0
        } catch {
            report.add(.damage, "\(directory)/\(stored.fileName)", "cannot be read: \(error.message)")
            return 0
        }
    }

    private func readCheckpoint(_ report: inout LogCheck.Report) throws(LogError) -> Checkpoint? {
        let checkpoint = try Checkpoint.read(in: directory, storage: storage)
        if checkpoint == nil {
            let what = names.contains(Checkpoint.fileName) ? "is damaged" : "is missing"
            report.add(
                .note, "\(directory)/\(Checkpoint.fileName)", "\(what); the next start reads the whole log instead")
        }
        return checkpoint
    }

    private func noteLeftovers(_ report: inout LogCheck.Report) {
        for name in names where name.hasSuffix(AtomicFile.suffix) || name.hasSuffix(Segment.cleanedSuffix) {
            report.add(.note, "\(directory)/\(name)", "was left half-made; the next start removes it")
        }
    }

    /// What a checkpoint vouched for must be there.
    private func compare(
        _ check: SegmentCheck, with line: Checkpoint.SegmentLine?, _ report: inout LogCheck.Report
    ) {
        guard let line else { return }
        if check.fileSize < line.size {
            report.add(
                .damage, check.path,
                "has \(check.fileSize) bytes where \(line.size) had been synced: records before offset "
                    + "\(line.nextOffset) are missing")
        }
        for (suffix, entries, size) in [(".index", line.indexEntries, 8), (".timeindex", line.timeEntries, 12)] {
            let path = String(check.path.dropLast(4)) + suffix
            let name = String(path[path.index(after: path.lastIndex(of: "/")!)...])
            let bytes = names.contains(name) ? (try? storage.open(path, create: false).size()) ?? 0 : 0
            guard bytes < entries * size else { continue }
            report.add(.note, path, "has \(bytes / size) entries where \(entries) were; the next start makes it anew")
        }
    }

    private func follow(
        _ previous: SegmentCheck, _ next: SegmentCheck, compacted: Int64, _ report: inout LogCheck.Report
    ) {
        if previous.nextOffset > next.baseOffset {
            report.add(
                .damage, next.path,
                "begins at offset \(next.baseOffset), but the segment before it reaches \(previous.nextOffset)")
        } else if previous.nextOffset < next.baseOffset, next.baseOffset > compacted, next.fileSize > 0 {
            report.add(
                .damage, previous.path,
                "ends at offset \(previous.nextOffset), but the next segment begins at \(next.baseOffset): the "
                    + "records between are missing")
        }
    }

    private func requireListed(
        _ checkpoint: Checkpoint?, _ bases: [Int64], _ start: Int64, _ report: inout LogCheck.Report
    ) {
        for line in checkpoint?.segments ?? [] where line.size > 0 && line.nextOffset > start {
            guard !bases.contains(line.baseOffset) else { continue }
            report.add(
                .damage, "\(directory)/\(Segment.name(line.baseOffset)).log",
                "is missing: it held the offsets \(line.baseOffset) to \(line.nextOffset - 1)")
        }
    }
}
