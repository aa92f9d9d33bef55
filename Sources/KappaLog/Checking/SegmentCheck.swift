import KappaRecords

/// The check of one segment file and its indexes.
struct SegmentCheck {
    let baseOffset: Int64
    let path: String
    let storage: any Storage
    let gapsBefore: Int64
    let isLast: Bool
    let inspect: LogCheck.Inspection?
    private(set) var fileSize = 0
    private(set) var nextOffset: Int64

    init(
        baseOffset: Int64, path: String, storage: any Storage, gapsBefore: Int64, isLast: Bool,
        inspect: LogCheck.Inspection?
    ) {
        self.baseOffset = baseOffset
        self.path = path
        self.storage = storage
        self.gapsBefore = gapsBefore
        self.isLast = isLast
        self.inspect = inspect
        nextOffset = baseOffset
    }

    mutating func run(_ report: inout LogCheck.Report) throws(LogError) {
        let file = try storage.open(path, create: false)
        fileSize = try file.size()
        report.segments += 1
        report.bytes += fileSize
        var indexes = IndexCheck(logPath: path, baseOffset: baseOffset, storage: storage)
        try indexes.load()
        var position = 0
        while let broken = try scan(file, from: position, &indexes, &report) {
            let next = try SoundBatchSearch(file: file, leastOffset: nextOffset).first(after: broken.position)
            note(broken, until: next, &report)
            guard let next else { break }
            position = next.position
            nextOffset = next.offset
        }
        indexes.finish(&report)
    }

    private mutating func scan(
        _ file: any StorageFile, from position: Int, _ indexes: inout IndexCheck, _ report: inout LogCheck.Report
    ) throws(LogError) -> (position: Int, words: String)? {
        var scanner = SegmentScanner(file: file, fileSize: fileSize, expected: nextOffset, gapsBefore: gapsBefore)
        var (counted, checked, next) = (report, indexes, nextOffset)
        let (path, inspect) = (path, inspect)
        let ending = try scanner.scan(from: position) { batch, position throws(LogError) in
            counted.batches += 1
            counted.records += Int(batch.recordCount)
            if batch.hasProducer {
                counted.greatestProducerId = max(counted.greatestProducerId, batch.producerId)
            }
            next = batch.nextOffset
            checked.took(batch, at: position)
            do throws(RecordBatch.Damage) {
                try batch.forEachRecord { record in
                    guard !batch.isControl, let words = inspect?(record) else { return }
                    counted.add(.damage, path, "the record at offset \(record.offset) \(words)")
                }
            } catch {
                counted.add(.damage, path, "the batch at byte \(position) (offset \(batch.baseOffset)) \(error.words)")
            }
        }
        (report, indexes, nextOffset) = (counted, checked, next)
        if case .broken(let position, let words) = ending { return (position, words) }
        return nil
    }

    private func note(
        _ broken: (position: Int, words: String), until next: (position: Int, offset: Int64)?,
        _ report: inout LogCheck.Report
    ) {
        let place = "the batch at byte \(broken.position) (offset \(nextOffset)) \(broken.words)"
        if let next {
            report.add(
                .damage, path,
                "\(place); sound records follow at byte \(next.position) (offset \(next.offset)), so that "
                    + "\(next.offset - nextOffset) offsets are lost")
        } else if isLast {
            report.add(
                .note, path,
                "\(place), and nothing sound follows: an unfinished end of \(fileSize - broken.position) bytes, which "
                    + "the next start cuts if it was never acknowledged")
        } else {
            report.add(.damage, path, "\(place), and nothing sound follows in this segment")
        }
    }
}
