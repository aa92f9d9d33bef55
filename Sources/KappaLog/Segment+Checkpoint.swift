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

    /// Indexes that are shorter than a checkpoint says are of no use.
    func trustIndexes() throws(LogError) {
        for index in [offsetIndex, timeIndex] where index.written > 0 {
            let size = try storage.open(index.path, create: true).size()
            if size < index.written * index.kind.entrySize { return try rebuildIndexes() }
        }
    }

    /// Makes the indexes anew from the log itself.
    func rebuildIndexes(indexInterval: Int = LogConfiguration().indexIntervalBytes) throws(LogError) {
        forgetIndexes()
        (maxTimestamp, maxTimestampOffset) = (-1, baseOffset)
        var position = 0
        let end = size
        while position < end {
            let header = try header(at: position)
            try index(header, at: position, indexInterval: indexInterval)
            position += header.size
        }
        try seal()
    }
}
