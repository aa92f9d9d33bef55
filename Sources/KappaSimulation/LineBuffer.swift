/// Bytes on their way out: grows as it must, and is emptied, not freed, between writes.
package final class LineBuffer {
    private var storage: UnsafeMutableRawBufferPointer
    package private(set) var count = 0

    package init(capacity: Int = 1 << 17) {
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { storage.deallocate() }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    package func removeAll() { count = 0 }

    /// Makes the buffer as short as it was at `length`.
    package func shorten(to length: Int) {
        precondition(length <= count)
        count = length
    }

    /// Room for `size` more bytes, filled by `fill`, which returns how many it wrote.
    @inline(__always)
    func append(atMost size: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) {
        if storage.count - count < size { grow(by: size) }
        count += fill(UnsafeMutableRawBufferPointer(rebasing: storage[count..<count + size]))
    }

    package func append(_ bytes: UnsafeRawBufferPointer) {
        append(atMost: bytes.count) {
            $0.copyMemory(from: bytes)
            return bytes.count
        }
    }

    package func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    package func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `113.96` from 11396: up to two decimals, always one.
    func append(hundredths: Int) {
        append(atMost: 24) { LineBuffer.write(hundredths: hundredths, to: $0) }
    }

    static func write(hundredths: Int, to room: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        if hundredths < 0 {
            room[0] = UInt8(ascii: "-")
            count = 1
        }
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        count += write(whole, to: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
        room[count] = UInt8(ascii: ".")
        room[count + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 10)
        guard rest % 10 != 0 else { return count + 2 }
        room[count + 2] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        return count + 3
    }

    private static func write(_ value: UInt, to room: UnsafeMutableRawBufferPointer) -> Int {
        var digits = 1
        var limit: UInt = 10
        while value >= limit {
            digits += 1
            limit *= 10
        }
        var rest = value
        for place in stride(from: digits - 1, through: 0, by: -1) {
            room[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return digits
    }

    private func grow(by size: Int) {
        let wider = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(storage.count * 2, count + size), alignment: 16)
        wider.copyMemory(from: bytes)
        storage.deallocate()
        storage = wider
    }
}
