import KappaCore
import KappaFormats
import KappaStreams

/// Makes JSON of the values of one partition, where the input is written in something else.
final class ValueDecoder {
    private let payload: Payload
    private var reader: PayloadReader
    /// Values that are not of their schema.
    private(set) var dead = 0

    /// Nil where the values are JSON already.
    init?(_ payload: Payload) {
        guard case .avro = payload else { return nil }
        self.payload = payload
        reader = PayloadReader(payload)
    }

    /// The registry's trouble, once it would not end: a record that nothing is known of must not be passed over.
    func throwIfTroubled() throws {
        guard let trouble = payload.trouble else { return }
        throw JobFailure(trouble.message, kind: trouble.kind, hint: trouble.hint)
    }

    /// The record with its value as JSON, borrowed until the next one; what cannot be read is a dead letter.
    func decode(_ source: JobSource, into emission: inout Emission) throws -> SourceRecord? {
        var record = source.record
        guard let value = record.value else { return record }
        do throws(PayloadFault) {
            record.value = try reader.json(value, header: source.schemaName)
            return record
        } catch {
            try throwIfTroubled()
            dead += 1
            emission.appendDead(record, Rejection(.unreadable, detail: error.description))
            return nil
        }
    }

    /// The same for a record that was taken before: what was a dead letter then is left alone.
    func decodeAgain(_ source: JobSource) throws -> SourceRecord? {
        var unwanted = Emission()
        defer { dead -= unwanted.records.count }
        return try decode(source, into: &unwanted)
    }
}
