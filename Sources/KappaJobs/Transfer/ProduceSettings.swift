import KappaCore
package import KappaFormats

/// What a run of producing is told.
package struct ProduceSettings: Sendable {
    /// What becomes of a piece of input that makes no record.
    package enum OnError: Sendable, Equatable {
        case stop
        case skip
        /// It goes out as it came, without a key.
        case keep
        case dead(topic: String)
    }

    package var topic: String
    package var shape: RecordShape
    package var onError = OnError.stop
    package var delimiter: [UInt8] = [UInt8(ascii: "\n")]
    /// Marks of a text's beginning and the returns before its line feeds belong to no record.
    package var isText = true
    /// The input is a table, each row of which becomes a JSON object.
    package var csv: CSVSettings?
    /// How long to try to deliver a record before it has failed; zero is for ever.
    package var deliveryTimeout = Duration.seconds(120)
    /// The file for the records that were not delivered.
    package var failed: String?

    package init(topic: String, shape: RecordShape = RecordShape()) {
        self.topic = topic
        self.shape = shape
    }
}
