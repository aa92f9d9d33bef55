import Glibc

/// Bytes of many records, laid one after another in memory that is used again for the next batch.
struct ByteArena: ~Copyable {
    /// Where some bytes lie; the arena may move as it grows, so nothing points into it.
    struct Slice {
        var start: Int
        var count: Int
    }

    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 1 << 16) {
        base = malloc(capacity)!
        self.capacity = capacity
    }

    deinit { free(base) }

    mutating func removeAll() { count = 0 }

    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Slice {
        reserve(bytes.count)
        if let source = bytes.baseAddress { (base + count).copyMemory(from: source, byteCount: bytes.count) }
        defer { count += bytes.count }
        return Slice(start: count, count: bytes.count)
    }

    /// Makes room for `more` bytes and hands out where they go; `advance` then says how many were written.
    mutating func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        capacity = max(capacity * 2, count + more)
        // Of large pieces the kernel moves the pages, where a copy would touch as many new ones.
        base = realloc(base, capacity)!
    }

    mutating func advance(_ written: Int) { count += written }

    /// Valid until the next change.
    func bytes(_ slice: Slice) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + slice.start, count: slice.count)
    }

    var all: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}
