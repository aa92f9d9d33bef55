import KappaCore

/// The carried fields of a reading, each as its length and its JSON text as it came.
enum CarriedText {
    static func append(_ raw: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        let length = UInt32(truncatingIfNeeded: raw.count)
        // One byte holds nearly every length; 255 says that four more follow.
        if length < 255 {
            writer.append(UInt8(length))
        } else {
            writer.append(255 as UInt8)
            for shift in stride(from: 24, through: 0, by: -8) {
                writer.append(UInt8(truncatingIfNeeded: length >> UInt32(shift)))
            }
        }
        writer.append(raw)
    }

    static func appendNull(to writer: inout ByteWriter) {
        writer.append(4 as UInt8)
        writer.append(literal: "null")
    }

    /// The text at a place, and where the next one begins.
    static func next(of bytes: UnsafeRawBufferPointer, at place: inout Int) -> UnsafeRawBufferPointer {
        var length = Int(bytes[place])
        place += 1
        if length == 255 {
            length = 0
            for _ in 0..<4 {
                length = length << 8 | Int(bytes[place])
                place += 1
            }
        }
        defer { place += length }
        return UnsafeRawBufferPointer(rebasing: bytes[place..<(place + length)])
    }
}
