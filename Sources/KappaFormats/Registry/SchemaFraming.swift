package import KappaCore

/// How a record says which schema wrote it.
package enum SchemaFraming {
    /// A schema by its number in a registry, or by what it is.
    package enum Reference: Hashable, Sendable {
        case id(Int32)
        /// The sixteen bytes of a registry's GUID.
        case guid(String)
        /// CRC-64-AVRO of its canonical form.
        case fingerprint(UInt64)

        package var words: String {
            switch self {
            case .id(let id): "schema \(id)"
            case .guid(let guid): "schema \(guid)"
            case .fingerprint(let value): "schema of fingerprint \(String(value, radix: 16))"
            }
        }
    }

    package static let headerLength = 5
    package static let valueHeader = "__value_schema_id"
    package static let keyHeader = "__key_schema_id"

    /// The zero byte and the id of Confluent's framing, or the mark of Avro's single objects; nil for bytes without
    /// either.
    package static func open(_ bytes: UnsafeRawBufferPointer) -> (Reference, UnsafeRawBufferPointer)? {
        if bytes.count >= headerLength, bytes[0] == 0 {
            let id = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int32.self))
            return (.id(id), UnsafeRawBufferPointer(rebasing: bytes[headerLength...]))
        }
        return AvroSingleObject.open(bytes).map { (.fingerprint($0.fingerprint), $0.value) }
    }

    /// What stands in a record's header: a zero and an id, or a one and a GUID.
    package static func reference(header bytes: UnsafeRawBufferPointer) -> Reference? {
        if bytes.count == headerLength, bytes[0] == 0 {
            return .id(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int32.self)))
        }
        guard bytes.count == 17, bytes[0] == 1 else { return nil }
        return .guid(guid(bytes[1...]))
    }

    /// Sixteen bytes as the text of a GUID.
    package static func guid(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }

    package static func appendHeader(_ id: Int32, to writer: inout ByteWriter) {
        writer.append(0 as UInt8)
        for shift in [24, 16, 8, 0] as [Int32] { writer.append(UInt8(truncatingIfNeeded: id >> shift)) }
    }
}
