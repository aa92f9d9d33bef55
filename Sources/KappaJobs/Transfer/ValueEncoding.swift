import KappaCore
package import KappaFormats

/// How the JSON of the input becomes the bytes of a record's value.
package struct ValueEncoding: Sendable {
    private let encoder: AvroEncoder
    /// What stands before the value: the schema's number, or its fingerprint.
    private let front: [UInt8]

    /// With a registry's number, or by the schema alone.
    package init(_ schema: AvroSchema, id: Int32) {
        encoder = AvroEncoder(schema)
        var writer = ByteWriter()
        SchemaFraming.appendHeader(id, to: &writer)
        front = Array(writer.bytes)
    }

    /// By the schema alone, or with its fingerprint in Avro's single-object form.
    package init(_ schema: AvroSchema, isObject: Bool) {
        encoder = AvroEncoder(schema)
        var writer = ByteWriter()
        if isObject { AvroSingleObject.appendHeader(schema.fingerprint, to: &writer) }
        front = Array(writer.bytes)
    }

    func encode(_ value: JSONValue, into writer: inout ByteWriter) throws(RecordFailure) {
        writer.removeAll()
        front.withUnsafeBytes { writer.append($0) }
        do { try encoder.append(value, to: &writer) } catch {
            throw .malformed("it does not fit the schema: \(error)")
        }
    }
}
