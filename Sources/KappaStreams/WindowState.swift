import Glibc
import KappaCore

/// One open window of one key, in about a hundred bytes and one block for its key and carried fields.
struct WindowState {
    var start: Int64
    var hash: UInt64
    /// The next window of the same end, or of the free list.
    var next: UInt32
    var route: UInt16
    var keyLength: UInt16
    var carryLength: UInt32
    var capacity: UInt32
    var count: Int
    var sum: ExactSum
    var minimum: Double
    var maximum: Double
    var latestTime: Int64
    var latestValue: Double
    /// The key's bytes, then the carried fields of the latest reading.
    var block: UnsafeMutableRawPointer?
    var extra: WindowExtra?

    static func empty(next: UInt32) -> WindowState {
        WindowState(
            start: 0, hash: 0, next: next, route: 0, keyLength: 0, carryLength: 0, capacity: 0, count: 0,
            sum: ExactSum(), minimum: .infinity, maximum: -.infinity, latestTime: .min, latestValue: -.infinity,
            block: nil, extra: nil)
    }

    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: block, count: Int(keyLength)) }

    var carried: UnsafeRawBufferPointer {
        guard let block else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: block + Int(keyLength), count: Int(carryLength))
    }

    /// Begins again for another window, in the block that the last one left.
    mutating func begin(start: Int64, hash: UInt64, route: Int, key: UnsafeRawBufferPointer) {
        self.start = start
        self.hash = hash
        self.route = UInt16(truncatingIfNeeded: route)
        count = 0
        sum = ExactSum()
        (minimum, maximum) = (.infinity, -.infinity)
        (latestTime, latestValue) = (.min, -.infinity)
        carryLength = 0
        keyLength = 0
        reserve(key.count)
        keyLength = UInt16(truncatingIfNeeded: key.count)
        if let block, let base = key.baseAddress { memcpy(block, base, key.count) }
        extra = nil
    }

    @inline(__always)
    mutating func add(time: Int64, value: Double, carried: UnsafeRawBufferPointer) {
        count += 1
        if value < minimum { minimum = value }
        if value > maximum { maximum = value }
        if extra?.partials != nil || !sum.add(value) { addWidely(value) }
        if time >= latestTime, isLater(time, value, carried) { remember(time, value, carried) }
    }

    private mutating func addWidely(_ value: Double) {
        let extra = self.extra ?? WindowExtra()
        self.extra = extra
        var partials = extra.partials ?? ExactPartials(sum)
        partials.add(value)
        extra.partials = partials
    }

    var exactSum: Double { extra?.partials?.rounded ?? sum.rounded }

    /// Of two readings of the same time the larger value is the later one, then the larger carried bytes: whatever
    /// the order they came in.
    private func isLater(_ time: Int64, _ value: Double, _ carried: UnsafeRawBufferPointer) -> Bool {
        if time != latestTime { return true }
        if value != latestValue { return value > latestValue }
        return WindowState.precedes(self.carried, carried)
    }

    static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        if let one = left.baseAddress, let other = right.baseAddress {
            let order = memcmp(one, other, min(left.count, right.count))
            if order != 0 { return order < 0 }
        }
        return left.count < right.count
    }

    private mutating func remember(_ time: Int64, _ value: Double, _ carried: UnsafeRawBufferPointer) {
        latestTime = time
        latestValue = value
        reserve(Int(keyLength) + carried.count)
        carryLength = UInt32(truncatingIfNeeded: carried.count)
        if let block, let base = carried.baseAddress { memcpy(block + Int(keyLength), base, carried.count) }
    }

    private mutating func reserve(_ size: Int) {
        guard size > Int(capacity) else { return }
        block = realloc(block, size)
        capacity = UInt32(truncatingIfNeeded: size)
    }
}

/// What only some windows need: every value, the earliest reading, the identities already seen, a wide sum.
final class WindowExtra {
    var partials: ExactPartials?
    var values: [Double] = []
    var firstTime = Int64.max
    var firstValue = Double.infinity
    var identities: Set<[UInt8]> = []

    func add(time: Int64, value: Double, keepsValues: Bool) {
        if keepsValues { values.append(value) }
        if time < firstTime || time == firstTime && value < firstValue { (firstTime, firstValue) = (time, value) }
    }
}
