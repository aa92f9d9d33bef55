import CProcessor

extension Checkpoint {
    /// Lines of words, the last of them the checksum of all before it.
    func encoded() -> [UInt8] {
        var text = "kappa checkpoint 1\nrecovered \(recoveredOffset)\n"
        if startOffset > 0 { text += "start \(startOffset)\n" }
        for line in segments {
            text += "segment \(line.baseOffset) \(line.size) \(line.nextOffset) \(line.maxTimestamp)"
            text += " \(line.maxTimestampOffset) \(Checkpoint.word(line.firstTimestamp))"
            text += " \(line.indexEntries) \(line.timeEntries)\n"
        }
        for (identifier, producer) in producers.producers.sorted(by: { $0.key < $1.key }) {
            text += "producer \(identifier) \(producer.epoch) \(producer.coordinatorEpoch) \(producer.lastTimestamp)"
            text += " \(producer.lastSeen) \(Checkpoint.word(producer.transactionStart))"
            for batch in producer.batches {
                text += " \(batch.firstSequence) \(batch.lastSequence) \(batch.baseOffset) \(batch.lastOffset)"
                text += " \(batch.timestamp)"
            }
            text += "\n"
        }
        for transaction in producers.aborted {
            text += "aborted \(transaction.producerId) \(transaction.firstOffset) \(transaction.lastOffset)\n"
        }
        for ending in producers.endings { text += "ending \(ending.firstOffset) \(ending.markerOffset)\n" }
        let sum = Array(text.utf8).withUnsafeBytes { kappa_crc32c(0, $0.baseAddress, $0.count) }
        return Array((text + "sum \(sum)\n").utf8)
    }

    /// Nil where the bytes are not exactly what `encoded` wrote.
    init?(encoded bytes: [UInt8]) {
        self.init(recoveredOffset: 0, segments: [], producers: ProducerStates())
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines.removeLast().isEmpty, lines.first == "kappa checkpoint 1" else { return nil }
        let last = lines.removeLast()
        let covered = bytes.count - last.utf8.count - 1
        let sum = bytes.withUnsafeBytes { kappa_crc32c(0, $0.baseAddress, covered) }
        guard last == "sum \(sum)" else { return nil }
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            let numbers = words.dropFirst().map { Int64($0) }
            guard let kind = words.first, take(kind, numbers) else { return nil }
        }
        producers.openStarts = producers.producers.values.compactMap(\.transactionStart).sorted()
    }

    private mutating func take(_ kind: Substring, _ words: [Int64?]) -> Bool {
        switch kind {
        case "segment": return takeSegment(words)
        case "producer": return takeProducer(words)
        default:
            let numbers = words.compactMap(\.self)
            guard numbers.count == words.count else { return false }
            return takeNumbers(kind, numbers)
        }
    }

    private mutating func takeNumbers(_ kind: Substring, _ numbers: [Int64]) -> Bool {
        if kind == "recovered", numbers.count == 1 {
            recoveredOffset = numbers[0]
            return true
        }
        if kind == "start", numbers.count == 1 {
            startOffset = numbers[0]
            return true
        }
        if kind == "aborted", numbers.count == 3 {
            producers.aborted.append(
                .init(producerId: numbers[0], firstOffset: numbers[1], lastOffset: numbers[2]))
            return true
        }
        guard kind == "ending", numbers.count == 2 else { return false }
        producers.endings.append(.init(firstOffset: numbers[0], markerOffset: numbers[1]))
        return true
    }

    private mutating func takeSegment(_ words: [Int64?]) -> Bool {
        guard words.count == 8, let base = words[0], let size = words[1], let next = words[2],
            let time = words[3], let timeOffset = words[4], let entries = words[6], let times = words[7]
        else { return false }
        segments.append(
            SegmentLine(
                baseOffset: base, size: Int(size), nextOffset: next, maxTimestamp: time,
                maxTimestampOffset: timeOffset, firstTimestamp: words[5], indexEntries: Int(entries),
                timeEntries: Int(times)))
        return true
    }

    private mutating func takeProducer(_ words: [Int64?]) -> Bool {
        guard words.count >= 6, words.count % 5 == 1, let identifier = words[0], let epoch = words[1],
            let coordinator = words[2], let time = words[3],
            let seen = words[4]
        else { return false }
        var producer = ProducerStates.Producer(epoch: Int16(truncatingIfNeeded: epoch))
        producer.coordinatorEpoch = Int32(truncatingIfNeeded: coordinator)
        producer.lastTimestamp = time
        producer.lastSeen = seen
        producer.transactionStart = words[5]
        let rest = words.dropFirst(6).compactMap(\.self)
        guard rest.count == words.count - 6 else { return false }
        for start in stride(from: 0, to: rest.count, by: 5) {
            producer.batches.append(
                .init(
                    firstSequence: Int32(truncatingIfNeeded: rest[start]),
                    lastSequence: Int32(truncatingIfNeeded: rest[start + 1]), baseOffset: rest[start + 2],
                    lastOffset: rest[start + 3], timestamp: rest[start + 4]))
        }
        producers.producers[identifier] = producer
        return true
    }

    /// A dash for what is not there.
    private static func word(_ number: Int64?) -> String { number.map(String.init) ?? "-" }
}
