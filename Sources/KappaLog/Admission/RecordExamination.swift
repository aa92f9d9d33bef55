import KappaCore
package import KappaRecords

/// Opens a batch that a client sent and checks every record in it, after Kafka's LogValidator: what a broker takes,
/// every consumer must be able to read.
///
/// It knows the log's settings and the time, and nothing of the log itself: it may run on any thread.
package struct RecordExamination: Sendable {
    /// What became of a batch.
    package enum Verdict: Sendable {
        /// It may be appended; where the header claimed another greatest time than the records have, it was mended.
        case sound
        /// It may be appended in this form: the topic asks for another compression.
        case replaced([UInt8])
        case refused(AppendRefusal)
    }

    /// An answer that names every record of a huge batch would itself be one.
    private static let mostProblems = 1000

    private let configuration: LogConfiguration
    private let now: Int64

    package init(_ configuration: LogConfiguration, now: Int64) {
        self.configuration = configuration
        self.now = now
    }

    /// Whether there is something to be opened or packed, which takes its time.
    package func isLengthy(_ batch: RecordBatch) -> Bool {
        guard batch.attributes.codec == RecordBatch.Codec.none else { return true }
        guard case .always(let codec) = configuration.compression else { return false }
        return codec != .none
    }

    /// The bytes are one whole batch whose header was admitted.
    package func examine(_ bytes: UnsafeMutableRawBufferPointer) -> Verdict {
        do throws(AppendRefusal) {
            guard let batch = RecordBatch(startOf: UnsafeRawBufferPointer(bytes)) else {
                throw .corrupt("a produced batch must be exactly one whole batch")
            }
            guard let codec = batch.attributes.codec else {
                throw .unsupportedCompression(codec: batch.attributes.codecNumber)
            }
            guard codec != .none || target(of: codec) != .none else {
                mend(bytes, maxTimestamp: try check(batch, batch.payload))
                return .sound
            }
            return try examineUnpacked(batch, codec, bytes)
        } catch {
            return .refused(error)
        }
    }

    private func target(of codec: RecordBatch.Codec) -> RecordBatch.Codec {
        guard case .always(let wanted) = configuration.compression else { return codec }
        return wanted
    }

    private func examineUnpacked(
        _ batch: RecordBatch, _ codec: RecordBatch.Codec, _ bytes: UnsafeMutableRawBufferPointer
    ) throws(AppendRefusal) -> Verdict {
        var memory = UnpackedBytes()
        do {
            try batch.unpack(into: &memory)
        } catch {
            throw .corrupt("the batch \(error.words)")
        }
        mend(bytes, maxTimestamp: try check(batch, memory.bytes))
        let wanted = target(of: codec)
        guard wanted != codec else { return .sound }
        guard let packed = batch.repacked(memory.bytes, with: wanted, configuration.compressionLevels) else {
            throw .failed(LogError(.storage(errno: 12), "a batch could not be packed with \(wanted)"))
        }
        guard packed.count <= configuration.maxMessageBytes else {
            throw .tooLarge(bytes: packed.count, maximum: configuration.maxMessageBytes)
        }
        return .replaced(packed)
    }

    // MARK: The records

    /// Checks all records; answers the greatest time among them.
    private func check(_ batch: RecordBatch, _ records: UnsafeRawBufferPointer) throws(AppendRefusal) -> Int64 {
        var reader = RecordReader(batch, records: records)
        var problems = Problems()
        var (index, greatest): (Int64, Int64) = (0, -1)
        let (needsKeys, times) = (configuration.cleanupPolicy.contains(.compact), allowedTimes)
        do {
            while let record = try reader.next() {
                guard record.offset &- batch.baseOffset == index else {
                    throw AppendRefusal.invalidRecord(
                        "record \(index) of the batch has offset \(record.offset &- batch.baseOffset) in it")
                }
                guard record.hasSoundHeaders else {
                    throw AppendRefusal.invalidRecord("record \(index) of the batch has headers that cannot be read")
                }
                if needsKeys, record.key == nil { problems.note(index, .keyMissing) }
                if record.timestamp != -1, !times.contains(record.timestamp) {
                    problems.note(index, .time(record.timestamp, times))
                }
                greatest = max(greatest, record.timestamp)
                index += 1
            }
        } catch let refusal as AppendRefusal {
            throw refusal
        } catch let damage as RecordBatch.Damage {
            throw .invalidRecord("the batch \(damage.words)")
        } catch {
            throw .corrupt("the batch cannot be read")
        }
        if let refusal = problems.refusal { throw refusal }
        return greatest
    }

    /// The times that records may have; where the log stamps them itself, theirs do not matter.
    private var allowedTimes: ClosedRange<Int64> {
        guard configuration.timestampType == .createTime else { return Int64.min...Int64.max }
        let first = now.subtractingSaturated(configuration.timestampBeforeMaxMilliseconds)
        return first...max(first, now.addingSaturated(configuration.timestampAfterMaxMilliseconds))
    }

    /// A greatest time that no record has would keep retention from this segment and all later ones.
    private func mend(_ bytes: UnsafeMutableRawBufferPointer, maxTimestamp: Int64) {
        guard UnsafeRawBufferPointer(bytes).bigEndian(at: 35, as: Int64.self) != maxTimestamp else { return }
        bytes.setBigEndian(maxTimestamp, at: 35)
        RecordBatch.seal(bytes)
    }

    /// What is wrong with single records, all of which the client is told.
    private struct Problems {
        enum Kind {
            case keyMissing
            case time(Int64, ClosedRange<Int64>)
        }

        private var found: [RecordProblem] = []
        private var concernTime = false

        mutating func note(_ index: Int64, _ kind: Kind) {
            guard found.count < RecordExamination.mostProblems else { return }
            switch kind {
            case .keyMissing:
                found.append(.init(index: Int32(index), words: "Compacted topic cannot accept message without key."))
            case .time(let time, let allowed):
                concernTime = true
                let range = "[\(allowed.lowerBound), \(allowed.upperBound)]"
                let words = "Timestamp \(time) of the message is out of range. It should be within \(range)"
                found.append(.init(index: Int32(index), words: words))
            }
        }

        var refusal: AppendRefusal? {
            guard let first = found.first else { return nil }
            if concernTime { return .invalidTimestamps(found, first.words) }
            return .invalidRecords(
                found, "One or more records have been rejected due to \(found.count) record errors: \(first.words)")
        }
    }
}

/// What is wrong with one record of a batch.
package struct RecordProblem: Equatable, Sendable {
    /// Its place in the batch, from 0.
    package var index: Int32
    package var words: String
}
