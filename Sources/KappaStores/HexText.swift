import KappaCore

/// Bytes that are no text, as a text: `\x00ff`, the form in which PostgreSQL writes and takes them.
///
/// A cursor has one for each column that needs it; what it wrote is valid until it writes again.
package final class HexText {
    private var writer = ByteWriter()
    private static let digits = Array("0123456789abcdef".utf8)

    package init() {}

    package func write(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        writer.removeAll()
        writer.append(literal: "\\x")
        for byte in bytes {
            writer.append(HexText.digits[Int(byte >> 4)])
            writer.append(HexText.digits[Int(byte & 15)])
        }
        return writer.bytes
    }
}
