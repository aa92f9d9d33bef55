/// Why a batch was not appended. The broker maps each case to the protocol's own number.
package enum AppendRefusal: Error, Equatable, Sendable {
    /// The bytes are no whole, well-formed batch, or their checksum is wrong.
    case corrupt(String)
    /// Format versions 0 and 1, which only brokers before Kafka 0.11 wrote.
    case unsupportedFormat(magic: Int8)
    case unsupportedCompression(codec: Int)
    case tooLarge(bytes: Int, maximum: Int)
    /// A well-formed record that this log may not take: one without a key for a compacted log, say.
    case invalidRecord(String)
    /// Some records are such, and the whole batch is refused for their sake.
    case invalidRecords([RecordProblem], String)
    /// Some records, or the batch, have a time that this log does not take.
    case invalidTimestamps([RecordProblem], String)
    /// The sequence number neither continues the producer's last batch nor repeats one of its last five.
    case outOfOrderSequence(expected: Int32, found: Int32)
    /// A newer instance of this producer has already written.
    case fencedProducer(current: Int16, found: Int16)
    /// A plain batch of a producer whose transaction is open.
    case transactionInProgress
    /// The disk refused; nothing of the batch is kept.
    case failed(LogError)

    /// The records that are at fault, where single ones are.
    package var problems: [RecordProblem] {
        switch self {
        case .invalidRecords(let problems, _), .invalidTimestamps(let problems, _): problems
        default: []
        }
    }
}
