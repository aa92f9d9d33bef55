import KappaCore

extension AvroSchema {
    /// The parsing canonical form: what the bytes depend on and nothing else. Two schemas with the same form read and
    /// write the same bytes.
    package var canonicalForm: String {
        var writer = ByteWriter()
        var written: Set<Int> = []
        write(root, &writer, &written)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(_ place: Int, _ writer: inout ByteWriter, _ written: inout Set<Int>) {
        let type = types[place]
        if type.kind.isNamed {
            // The second time a type is met its name stands for it.
            guard written.insert(place).inserted else { return writer.append(quoted: type.name.full) }
            writer.append(literal: "{\"name\":")
            writer.append(quoted: type.name.full)
            writer.append(literal: ",\"type\":")
            writer.append(quoted: type.kind.rawValue)
        }
        switch type.kind {
        case .record: write(fields: type.fields, &writer, &written)
        case .enumeration:
            writer.append(literal: ",\"symbols\":[")
            for (index, symbol) in type.symbols.enumerated() {
                if index > 0 { writer.append(literal: ",") }
                writer.append(quoted: symbol)
            }
            writer.append(literal: "]}")
        case .fixed:
            writer.append(literal: ",\"size\":")
            writer.append(decimal: Int64(type.size))
            writer.append(literal: "}")
        case .array, .map:
            writer.append(
                text: type.kind == .array ? "{\"type\":\"array\",\"items\":" : "{\"type\":\"map\",\"values\":")
            write(type.element, &writer, &written)
            writer.append(literal: "}")
        case .union:
            writer.append(literal: "[")
            for (index, branch) in type.branches.enumerated() {
                if index > 0 { writer.append(literal: ",") }
                write(branch, &writer, &written)
            }
            writer.append(literal: "]")
        default: writer.append(quoted: type.kind.rawValue)
        }
    }

    private func write(fields: [AvroField], _ writer: inout ByteWriter, _ written: inout Set<Int>) {
        writer.append(literal: ",\"fields\":[")
        for (index, field) in fields.enumerated() {
            writer.append(text: index > 0 ? ",{\"name\":" : "{\"name\":")
            writer.append(quoted: field.name)
            writer.append(literal: ",\"type\":")
            write(field.type, &writer, &written)
            writer.append(literal: "}")
        }
        writer.append(literal: "]}")
    }

    /// The fingerprint that a single object carries in front.
    package var fingerprint: UInt64 { AvroFingerprint.crc64(Array(canonicalForm.utf8)) }

    package var md5: [UInt8] { MD5.digest(Array(canonicalForm.utf8)) }

    package var sha256: String { SHA256.hex(Array(canonicalForm.utf8)) }
}

package enum AvroFingerprint {
    /// The Rabin fingerprint of an empty text, which is also its polynomial.
    private static let empty: UInt64 = 0xc15d_213a_a4d7_a795

    private static let table: [UInt64] = (0..<256).map { index in
        (0..<8).reduce(UInt64(index)) { value, _ in value >> 1 ^ (value & 1 == 1 ? empty : 0) }
    }

    /// CRC-64-AVRO.
    package static func crc64(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(empty) { value, byte in value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
    }
}
