extension RecordBatch {
    /// What is wrong with a batch, in words that finish the sentence "the batch …".
    package enum Damage: Error, Equatable, Sendable {
        case truncated
        case magic(Int8)
        case checksum(expected: UInt32, found: UInt32)
        case counts(String)

        package var words: String {
            switch self {
            case .truncated: "is cut short"
            case .magic(let found): "has format \(found) where 2 was expected"
            case .checksum(let expected, let found):
                "has checksum \(String(expected, radix: 16)) but its bytes give \(String(found, radix: 16))"
            case .counts(let what): what
            }
        }
    }

    /// Checks the format, the checksum and the counts of the header; the records themselves are not read.
    package func validate() throws(Damage) {
        guard magic == 2 else { throw .magic(magic) }
        let (expected, found) = (checksum, computedChecksum)
        guard expected == found else { throw .checksum(expected: expected, found: found) }
        guard lastOffsetDelta >= 0 else { throw .counts("has the negative last offset delta \(lastOffsetDelta)") }
        guard recordCount >= 0 else { throw .counts("has the negative record count \(recordCount)") }
        // Compaction removes records and keeps the delta; nothing makes more records than offsets.
        guard Int64(recordCount) <= Int64(lastOffsetDelta) + 1 else {
            throw .counts("has \(recordCount) records for \(Int64(lastOffsetDelta) + 1) offsets")
        }
        guard baseOffset >= 0, baseOffset <= Int64.max - Int64(Int32.max) - 1 else {
            throw .counts("has the impossible base offset \(baseOffset)")
        }
    }

    package var isValid: Bool {
        do {
            try validate()
            return true
        } catch {
            return false
        }
    }
}
