import KappaStores

/// Turns a timestamptz as the server writes it in UTC, `2022-04-15 22:06:38.73+00`, into RFC 3339 with milliseconds.
final class TimeRewriter {
    private static let width = 48
    private let base: UnsafeMutableRawPointer

    init(columns: Int) {
        base = .allocate(byteCount: max(columns, 1) * TimeRewriter.width, alignment: 8)
    }

    deinit { base.deallocate() }

    /// Valid until the column's next time. A time before Christ, or `infinity`, stays as it is.
    func rewrite(_ bytes: UnsafeRawBufferPointer, column: Int) -> UnsafeRawBufferPointer {
        let count = bytes.count
        guard count >= 22, count < 40, bytes[10] == UInt8(ascii: " "), bytes[count - 3] == UInt8(ascii: "+"),
            let source = bytes.baseAddress
        else { return bytes }
        let room = base + column * TimeRewriter.width
        room.copyMemory(from: source, byteCount: count - 3)
        room.storeBytes(of: UInt8(ascii: "T"), toByteOffset: 10, as: UInt8.self)
        var end = count - 3
        if end == 19 {
            room.storeBytes(of: UInt8(ascii: "."), toByteOffset: 19, as: UInt8.self)
            end += 1
        }
        while end < 23 {
            room.storeBytes(of: UInt8(ascii: "0"), toByteOffset: end, as: UInt8.self)
            end += 1
        }
        room.storeBytes(of: UInt8(ascii: "Z"), toByteOffset: end, as: UInt8.self)
        return UnsafeRawBufferPointer(start: room, count: end + 1)
    }
}
