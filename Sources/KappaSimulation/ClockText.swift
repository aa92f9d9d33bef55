import KappaCore

/// RFC 3339 for times that mostly follow one another: only the milliseconds change within a second.
struct ClockText {
    private var second = Int64.min
    private var count = 0
    private var text: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    @inline(__always)
    mutating func write(_ time: Timestamp, to room: UnsafeMutableRawBufferPointer) -> Int {
        let (second, rest) = time.milliseconds.flooredQuotientAndRemainder(dividingBy: 1000)
        if second != self.second { render(second) }
        withUnsafeBytes(of: &text) { room.copyMemory(from: $0) }
        let zero = UInt8(ascii: "0")
        room[count - 4] = zero + UInt8(truncatingIfNeeded: rest / 100)
        room[count - 3] = zero + UInt8(truncatingIfNeeded: rest / 10 % 10)
        room[count - 2] = zero + UInt8(truncatingIfNeeded: rest % 10)
        return count
    }

    private mutating func render(_ second: Int64) {
        self.second = second
        count = withUnsafeMutableBytes(of: &text) { Timestamp(milliseconds: second * 1000).write(rfc3339: $0) }
    }
}
