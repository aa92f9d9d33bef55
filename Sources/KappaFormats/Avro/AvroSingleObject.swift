package import KappaCore

/// The framing of a message that brings the fingerprint of its schema with it: `C3 01`, eight bytes, the value.
package enum AvroSingleObject {
    package static let headerLength = 10

    /// The fingerprint and the value's bytes; nil for bytes in another framing.
    package static func open(_ bytes: UnsafeRawBufferPointer) -> (fingerprint: UInt64, value: UnsafeRawBufferPointer)? {
        guard bytes.count >= headerLength, bytes[0] == 0xC3, bytes[1] == 1 else { return nil }
        let fingerprint = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
        return (fingerprint, UnsafeRawBufferPointer(rebasing: bytes[headerLength...]))
    }

    package static func appendHeader(_ fingerprint: UInt64, to writer: inout ByteWriter) {
        writer.append(0xC3 as UInt8)
        writer.append(1 as UInt8)
        writer.append(littleEndian: fingerprint)
    }
}
