import KappaCore

/// Words are what stands between spaces.
struct Words: Sequence, IteratorProtocol {
    private let text: UnsafeRawBufferPointer
    private var place = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

    mutating func next() -> UnsafeRawBufferPointer? {
        while place < text.count, Words.isSpace(text[place]) { place += 1 }
        let start = place
        while place < text.count, !Words.isSpace(text[place]) { place += 1 }
        return start == place ? nil : UnsafeRawBufferPointer(rebasing: text[start..<place])
    }
}

/// The number of words in each line: `{"line":"…","words":9}`.
package final class LineCountTask: PartitionTask {
    private var tally = JobCounts()
    override package var counts: JobCounts { tally }

    package static let fingerprint = Fingerprint.of("wordcount;per=line;rules=1")

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        tally.records += 1
        guard let line = record.value, String(validating: line, as: UTF8.self) != nil else {
            tally.dead += 1
            let rejection = Rejection(.notJSON, detail: "the line is \(record.value == nil ? "null" : "not UTF-8")")
            return emission.append(
                .dead, item: nil, timestamp: record.timestamp, notes: Notes.of(rejection, item: nil))
        }
        tally.accepted += 1
        tally.results += 1
        emission.appendResult(of: record) { writer in
            writer.append(literal: "{\"line\":")
            writer.append(quoted: line)
            writer.append(literal: ",\"words\":")
            writer.append(decimal: Int64(Words(line).reduce(0) { count, _ in count + 1 }))
            writer.append(literal: "}")
        }
    }
}

/// Sends each word of a line to the partition of that word.
package final class WordSplitTask: PartitionTask {
    private var tally = JobCounts()
    override package var counts: JobCounts { tally }

    private var hasSentSinceMark = false

    /// The count of a word does not go by any clock; the mark only says that there is something new.
    override package func mark(source: Int32, into emission: inout Emission) {
        guard hasSentSinceMark else { return }
        hasSentSinceMark = false
        ClockMark(source: source, clock: 0, latestReading: 0).append(to: &emission)
    }

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        tally.records += 1
        tally.accepted += 1
        for word in Words(record.value ?? UnsafeRawBufferPointer(start: nil, count: 0)) {
            hasSentSinceMark = true
            let start = emission.bytes.count
            emission.bytes.append(word)
            emission.records.append(
                Emitted(
                    target: .keyed, route: 0, key: start..<emission.bytes.count, value: start..<emission.bytes.count,
                    isWholeRecord: false, timestamp: record.timestamp, notes: []))
        }
    }
}

/// A running count of each word: `{"word":"the","count":3}` under the word as key, one record for each time it is met.
///
/// A count never closes, so the log is read again from its beginning after a restart.
package final class WordCountTask: PartitionTask {
    private var tally = JobCounts()
    override package var counts: JobCounts { tally }

    package static let fingerprint = Fingerprint.of("wordcount;per=word;rules=1")

    private var totals: [String: Int] = [:]
    private var firstOffset: Int64?

    override package var heldBackOffset: Int64? { firstOffset }

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        tally.records += 1
        guard !isMark(record) else { return }
        tally.accepted += 1
        count(record) { word, total in
            tally.results += 1
            let start = emission.bytes.count
            emission.bytes.append(text: word)
            let middle = emission.bytes.count
            emission.bytes.append(literal: "{\"word\":")
            emission.bytes.append(quoted: word)
            emission.bytes.append(literal: ",\"count\":")
            emission.bytes.append(decimal: Int64(total))
            emission.bytes.append(literal: "}")
            emission.records.append(
                Emitted(
                    target: .result, route: 0, key: start..<middle, value: middle..<emission.bytes.count,
                    isWholeRecord: false, timestamp: record.timestamp, notes: []))
        }
    }

    override package func rebuild(_ record: SourceRecord) {
        if !isMark(record) { count(record) { _, _ in } }
    }

    private let isFedByMarks: Bool

    /// - Parameter isMerging: whether the words come through a keyed topic, where marks lie between them.
    package init(isMerging: Bool) {
        isFedByMarks = isMerging
        super.init()
    }

    private func isMark(_ record: SourceRecord) -> Bool { isFedByMarks && record.key == nil }

    private func count(_ record: SourceRecord, _ body: (String, Int) -> Void) {
        firstOffset = firstOffset ?? record.offset
        for word in Words(record.value ?? UnsafeRawBufferPointer(start: nil, count: 0)) {
            let word = String(decoding: word, as: UTF8.self)
            totals[word, default: 0] += 1
            body(word, totals[word, default: 0])
        }
    }
}
