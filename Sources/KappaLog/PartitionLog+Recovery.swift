import KappaCore

extension PartitionLog {
    func recover(now: Timestamp) throws(LogError) {
        try storage.makeDirectory(directory)
        try storage.syncDirectory(PartitionLog.parent(of: directory))
        let names = try storage.list(directory)
        let bases = names.compactMap(Segment.baseOffset(ofFile:)).sorted()
        for base in bases {
            segments.append(Segment(baseOffset: base, directory: directory, storage: storage))
        }
        if segments.isEmpty {
            let first = Segment(baseOffset: startOffset, directory: directory, storage: storage)
            _ = try first.file(create: true)
            segments = [first]
        }
        startOffset = max(startOffset, segments[0].baseOffset)
        for segment in segments { try scan(segment, isLast: segment === active) }
        for segment in segments { try segment.file().sync() }
        try storage.syncDirectory(directory)
        syncedOffset = endOffset
    }

    private func scan(_ segment: Segment, isLast: Bool) throws(LogError) {
        let file = try segment.file()
        let size = try file.size()
        var scanner = SegmentScanner(
            file: file, fileSize: size, expected: segment.baseOffset,
            allowsGaps: configuration.cleanupPolicy.contains(.compact))
        let ending = try scanner.scan(from: 0) { batch, _ throws(LogError) in
            try segment.took(batch, indexInterval: self.configuration.indexIntervalBytes)
            self.producers.apply(batch)
        }
        recovery.scannedBytes += size
        guard case .broken(let position, let words) = ending else { return }
        guard isLast else { throw damaged(segment, at: position, offset: segment.nextOffset, words) }
        recovery.cut = .init(
            path: segment.path, position: position, bytes: size - position, offset: segment.nextOffset)
        try file.truncate(to: position)
    }
}
