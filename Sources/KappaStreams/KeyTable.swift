import KappaCore

/// Numbers the keys that a task meets, from zero: found by their bytes, kept for as long as the task lives.
///
/// An open-addressing table over one run of bytes, so that a key costs its bytes and some sixteen more.
struct KeyTable: ~Copyable {
    private var bytes = ByteWriter(capacity: 4096)
    /// Where each key ends; it begins where the one before it ends.
    private var ends: [Int] = []
    private var slots: [UInt32]
    private var mask: Int
    private let seed = UInt64.random(in: .min ... .max)

    private static let none = UInt32.max

    init() {
        mask = 63
        slots = Array(repeating: KeyTable.none, count: mask + 1)
    }

    var count: Int { ends.count }

    /// Borrowed until the next key is added.
    subscript(index: Int) -> UnsafeRawBufferPointer {
        bytes.bytes((index == 0 ? 0 : ends[index - 1])..<ends[index])
    }

    /// The key's number, and whether it is a new one.
    mutating func number(of key: UnsafeRawBufferPointer) -> (index: Int, isNew: Bool) {
        var slot = Int(truncatingIfNeeded: WindowTable.hash(key, seed: seed)) & mask
        while slots[slot] != KeyTable.none {
            let index = Int(slots[slot])
            if WindowTable.same(self[index], key) { return (index, false) }
            slot = (slot + 1) & mask
        }
        slots[slot] = UInt32(ends.count)
        bytes.append(key)
        ends.append(bytes.count)
        if ends.count * 2 > mask { grow() }
        return (ends.count - 1, true)
    }

    private mutating func grow() {
        mask = mask * 2 + 1
        slots = Array(repeating: KeyTable.none, count: mask + 1)
        for index in 0..<ends.count {
            var slot = Int(truncatingIfNeeded: WindowTable.hash(self[index], seed: seed)) & mask
            while slots[slot] != KeyTable.none { slot = (slot + 1) & mask }
            slots[slot] = UInt32(index)
        }
    }
}
