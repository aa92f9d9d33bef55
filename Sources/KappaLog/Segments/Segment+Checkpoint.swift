extension Segment {
    var checkpointLine: Checkpoint.SegmentLine {
        Checkpoint.SegmentLine(
            baseOffset: baseOffset, size: size, nextOffset: nextOffset, maxTimestamp: maxTimestamp,
            maxTimestampOffset: maxTimestampOffset, firstTimestamp: firstTimestamp,
            indexEntries: offsetIndex.written, timeEntries: timeIndex.written)
    }

    /// Takes a checkpoint's word for what the segment holds up to `line.size`.
    convenience init(_ line: Checkpoint.SegmentLine, directory: String, storage: any Storage) {
        self.init(
            baseOffset: line.baseOffset, directory: directory, storage: storage, indexEntries: line.indexEntries,
            timeEntries: line.timeEntries)
        size = line.size
        nextOffset = line.nextOffset
        maxTimestamp = line.maxTimestamp
        maxTimestampOffset = line.maxTimestampOffset
        firstTimestamp = line.firstTimestamp
    }

    /// Indexes that are shorter than a checkpoint says are of no use. Where damage keeps them from being made anew,
    /// the readers who come to it are told.
    func trustIndexes(gapsBefore: Int64) throws(LogError) {
        for index in [offsetIndex, timeIndex] where index.written > 0 {
            guard try storage.open(index.path, create: true).size() < index.written * index.kind.entrySize else {
                continue
            }
            do {
                try rebuildIndexes(gapsBefore: gapsBefore)
            } catch  where error.code == .damaged {
                forgetIndexes()
            }
            return
        }
    }

    /// Makes the indexes anew from the log itself.
    func rebuildIndexes(
        gapsBefore: Int64, indexInterval: Int = LogConfiguration().indexIntervalBytes
    ) throws(LogError) {
        let known = (maxTimestamp, maxTimestampOffset)
        forgetIndexes()
        (maxTimestamp, maxTimestampOffset) = (-1, baseOffset)
        do {
            try indexAll(gapsBefore: gapsBefore, indexInterval: indexInterval)
        } catch {
            (maxTimestamp, maxTimestampOffset) = known
            throw error
        }
        try seal()
    }

    private func indexAll(gapsBefore: Int64, indexInterval: Int) throws(LogError) {
        var position = 0
        var due = baseOffset
        while position < size {
            let header = try header(at: position)
            try require(header, at: position, due: due, gapsBefore: gapsBefore)
            try index(header, at: position, indexInterval: indexInterval)
            position += header.size
            due = header.lastOffset + 1
        }
    }
}
