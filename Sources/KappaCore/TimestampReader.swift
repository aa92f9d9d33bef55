/// Reads times that mostly lie in the same minute as the one before, as those of a log do.
///
/// What it reads is what `Timestamp(rfc3339:)` reads. Only the form that is written here, `2022-04-15T22:06:38.737Z`,
/// is remembered: of the next time the first sixteen bytes are compared and the last eight are read.
package struct TimestampReader {
    /// The sixteen bytes, and when they were.
    private var minute: (UInt64, UInt64)
    private var start: Int64 = 0

    package init() {
        var first = "1970-01-01T00:00"
        minute = first.withUTF8 { TimestampReader.minute(of: UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    package mutating func read(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
        guard let rest = TimestampReader.withinMinute(bytes) else { return Timestamp(rfc3339: bytes) }
        let found = TimestampReader.minute(of: bytes)
        if found == minute { return Timestamp(milliseconds: start + rest) }
        return readWhole(bytes, found, rest)
    }

    private mutating func readWhole(
        _ bytes: UnsafeRawBufferPointer, _ found: (UInt64, UInt64), _ rest: Int64
    ) -> Timestamp? {
        guard let time = Timestamp(rfc3339: bytes) else { return nil }
        (minute, start) = (found, time.milliseconds - rest)
        return time
    }

    private static func minute(of bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// The milliseconds that `:38.737Z` says, behind sixteen other bytes; nil for any other form.
    private static func withinMinute(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard bytes.count == 24, bytes[16] == UInt8(ascii: ":"), bytes[19] == UInt8(ascii: "."),
            bytes[23] == UInt8(ascii: "Z")
        else { return nil }
        let tens = digit(bytes[17]), ones = digit(bytes[18])
        let tenths = digit(bytes[20]), hundredths = digit(bytes[21]), thousandths = digit(bytes[22])
        guard tens < 6, max(ones, tenths, hundredths, thousandths) < 10 else { return nil }
        return tens * 10_000 + ones * 1000 + tenths * 100 + hundredths * 10 + thousandths
    }

    /// More than nine where it is none.
    private static func digit(_ byte: UInt8) -> Int64 { Int64(byte &- UInt8(ascii: "0")) }
}
