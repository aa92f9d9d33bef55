/// The last offset of each key: an open-addressed table of 24 bytes an entry, so that compaction's memory is known.
///
/// Keys are held as 128 bits of keyed SipHash, drawn anew in each process: two keys that meet would cost a record,
/// and at a million keys the odds of that are one in 10²⁶.
struct KeyOffsets {
    private struct Slot {
        var high: Int = 0
        var low: Int = 0
        var offset: Int64 = -1
    }

    private var slots: [Slot]
    private(set) var count = 0
    /// The most keys that it takes.
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        slots = [Slot](repeating: Slot(), count: 1024)
    }

    /// An empty table takes any batch, or a great one would never be compacted.
    func hasRoom(for more: Int) -> Bool { count == 0 || count + more <= capacity }

    subscript(key: UnsafeRawBufferPointer) -> Int64? {
        let hash = KeyOffsets.hash(key)
        let slot = slots[find(hash)]
        return slot.offset >= 0 ? slot.offset : nil
    }

    mutating func set(_ key: UnsafeRawBufferPointer, to offset: Int64) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        let hash = KeyOffsets.hash(key)
        let place = find(hash)
        if slots[place].offset < 0 { count += 1 }
        slots[place] = Slot(high: hash.high, low: hash.low, offset: offset)
    }

    private static func hash(_ key: UnsafeRawBufferPointer) -> (high: Int, low: Int) {
        var first = Hasher()
        first.combine(bytes: key)
        var second = Hasher()
        second.combine(0x6B61_7070_6121)
        second.combine(bytes: key)
        return (first.finalize(), second.finalize())
    }

    private func find(_ hash: (high: Int, low: Int)) -> Int {
        let mask = slots.count - 1
        var place = hash.high & mask
        while slots[place].offset >= 0, slots[place].high != hash.high || slots[place].low != hash.low {
            place = (place + 1) & mask
        }
        return place
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        for slot in old where slot.offset >= 0 { slots[find((slot.high, slot.low))] = slot }
    }
}
