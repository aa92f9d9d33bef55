import Glibc
import KappaCore

/// The open windows of one partition: found by key and start, closed by end.
///
/// A byte-keyed hash table with linear probing over a slab of windows. Windows with the same end hang in one bucket;
/// buckets are in order of their end, so closing takes from the front.
struct WindowTable: ~Copyable {
    struct Bucket {
        var end: Int64
        var head: UInt32
        var count: Int
        /// The offset of the record that opened the bucket: the earliest one of all its windows.
        var firstOffset: Int64
    }

    static let none = UInt32.max

    private var slots: UnsafeMutablePointer<UInt32>
    private var mask: Int
    private var states: UnsafeMutablePointer<WindowState>
    private var capacity = 64
    private var used = 0
    private var free = WindowTable.none
    private(set) var count = 0
    private(set) var buckets: [Bucket] = []
    private let seed = UInt64.random(in: .min ... .max)

    init() {
        states = .allocate(capacity: capacity)
        mask = 2 * capacity - 1
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: WindowTable.none, count: mask + 1)
    }

    deinit {
        for index in 0..<used { Glibc.free(states[index].block) }
        states.deinitialize(count: used)
        states.deallocate()
        slots.deallocate()
    }

    func state(_ index: UInt32) -> UnsafeMutablePointer<WindowState> { states + Int(index) }

    func hash(_ key: UnsafeRawBufferPointer) -> UInt64 { WindowTable.hash(key, seed: seed) }

    static func hash(_ key: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var hash = seed
        var place = 0
        while place + 8 <= key.count {
            hash = WindowTable.mix(hash, key.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest = UInt64(key.count) << 56
        while place < key.count {
            rest = rest << 8 | UInt64(key[place])
            place += 1
        }
        return WindowTable.mix(hash, rest)
    }

    @inline(__always)
    static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return high ^ low
    }

    /// The open window of the key, opened now if there was none.
    @inline(__always)
    mutating func window(
        start: Int64, end: Int64, key: UnsafeRawBufferPointer, keyHash: UInt64, route: Int, offset: Int64
    ) -> UnsafeMutablePointer<WindowState> {
        let hash = WindowTable.mix(keyHash, UInt64(bitPattern: start))
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != WindowTable.none {
            let state = states + Int(slots[slot])
            if state.pointee.hash == hash, state.pointee.start == start, WindowTable.same(state.pointee.key, key) {
                return state
            }
            slot = (slot + 1) & mask
        }
        return open(start: start, end: end, key: key, hash: hash, route: route, offset: offset)
    }

    @inline(__always)
    static func same(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let one = left.baseAddress, let other = right.baseAddress else { return true }
        return memcmp(one, other, left.count) == 0
    }

    private mutating func open(
        start: Int64, end: Int64, key: UnsafeRawBufferPointer, hash: UInt64, route: Int, offset: Int64
    ) -> UnsafeMutablePointer<WindowState> {
        if count * 2 > mask { growSlots() }
        let index = takeState()
        states[Int(index)].begin(start: start, hash: hash, route: route, key: key)
        place(index)
        count += 1
        let bucket = bucket(ending: end, offset: offset)
        states[Int(index)].next = buckets[bucket].head
        buckets[bucket].head = index
        buckets[bucket].count += 1
        return states + Int(index)
    }

    private mutating func takeState() -> UInt32 {
        if free != WindowTable.none {
            defer { free = states[Int(free)].next }
            return free
        }
        if used == capacity { growStates() }
        (states + used).initialize(to: .empty(next: WindowTable.none))
        used += 1
        return UInt32(used - 1)
    }

    private mutating func growStates() {
        let larger = UnsafeMutablePointer<WindowState>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: states, count: used)
        states.deallocate()
        states = larger
        capacity *= 2
    }

    private mutating func growSlots() {
        let old = slots
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: WindowTable.none, count: mask + 1)
        for slot in 0..<oldCount where old[slot] != WindowTable.none { place(old[slot]) }
        old.deallocate()
    }

    private func place(_ index: UInt32) {
        var slot = Int(truncatingIfNeeded: states[Int(index)].hash) & mask
        while slots[slot] != WindowTable.none { slot = (slot + 1) & mask }
        slots[slot] = index
    }

    /// Nearly every new window belongs to the latest bucket, so the search starts at the end.
    private mutating func bucket(ending end: Int64, offset: Int64) -> Int {
        var index = buckets.count
        while index > 0, buckets[index - 1].end > end { index -= 1 }
        if index > 0, buckets[index - 1].end == end { return index - 1 }
        buckets.insert(Bucket(end: end, head: WindowTable.none, count: 0, firstOffset: offset), at: index)
        return index
    }
}

/// A window on its way out, with enough of its key to tell most keys apart.
struct ClosingWindow {
    var prefix: UInt64
    var index: UInt32
}

// MARK: Closing

extension WindowTable {
    /// The earliest record of any open window: where a rebuild has to begin.
    var firstOffset: Int64? { buckets.lazy.map(\.firstOffset).min() }

    /// The end of the last window, which a drain closes up to.
    var lastEnd: Int64? { buckets.last?.end }

    var firstEnd: Int64? { buckets.first?.end }

    /// The windows of the earliest end, in no order; they stay until `release`.
    mutating func takeFirstBucket(into closing: inout [ClosingWindow]) -> Int64 {
        let bucket = buckets.removeFirst()
        closing.removeAll(keepingCapacity: true)
        var index = bucket.head
        while index != WindowTable.none {
            closing.append(ClosingWindow(prefix: KeyText.prefix(of: states[Int(index)].key), index: index))
            index = states[Int(index)].next
        }
        return bucket.end
    }

    /// Forgets a closed window and keeps its block for the next one.
    mutating func release(_ index: UInt32) {
        remove(slotOf: index)
        states[Int(index)].extra = nil
        states[Int(index)].next = free
        free = index
        count -= 1
    }

    /// Closes the gap by moving later ones of the same run back, so no search ever meets a grave.
    private func remove(slotOf index: UInt32) {
        var gap = Int(truncatingIfNeeded: states[Int(index)].hash) & mask
        while slots[gap] != index { gap = (gap + 1) & mask }
        var slot = (gap + 1) & mask
        while slots[slot] != WindowTable.none {
            let home = Int(truncatingIfNeeded: states[Int(slots[slot])].hash) & mask
            if (slot - home) & mask >= (slot - gap) & mask {
                slots[gap] = slots[slot]
                gap = slot
            }
            slot = (slot + 1) & mask
        }
        slots[gap] = WindowTable.none
    }

    #if DEBUG
        /// Every open window is found from its hash, and the buckets hold exactly the open ones, in order.
        func checkInvariants() -> Bool {
            var held = 0
            for bucket in buckets {
                var index = bucket.head
                var length = 0
                while index != WindowTable.none {
                    var slot = Int(truncatingIfNeeded: states[Int(index)].hash) & mask
                    while slots[slot] != index {
                        guard slots[slot] != WindowTable.none else { return false }
                        slot = (slot + 1) & mask
                    }
                    length += 1
                    index = states[Int(index)].next
                }
                guard length == bucket.count, length > 0 else { return false }
                held += length
            }
            return held == count && zip(buckets, buckets.dropFirst()).allSatisfy { $0.end < $1.end }
        }
    #endif
}
