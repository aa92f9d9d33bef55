import Glibc

/// Bytes of many records, laid one after another in memory that is used again for the next batch.
package struct ByteArena: ~Copyable {
    /// Where some bytes lie; the arena may move as it grows, so nothing points into it.
    package struct Slice {
        package var start: Int
        package var count: Int

        package init(start: Int, count: Int) {
            self.start = start
            self.count = count
        }
    }

    package private(set) var base: UnsafeMutableRawPointer
    package private(set) var count = 0
    private var capacity: Int

    package init(capacity: Int = 1 << 16) {
        base = malloc(capacity)!
        self.capacity = capacity
    }

    deinit { free(base) }

    package mutating func removeAll() { count = 0 }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) -> Slice {
        reserve(bytes.count)
        if let source = bytes.baseAddress { (base + count).copyMemory(from: source, byteCount: bytes.count) }
        defer { count += bytes.count }
        return Slice(start: count, count: bytes.count)
    }

    /// Makes room for `more` bytes and hands out where they go; `advance` then says how many were written.
    package mutating func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        capacity = max(capacity * 2, count + more)
        // Of large pieces the kernel moves the pages, where a copy would touch as many new ones.
        base = realloc(base, capacity)!
    }

    package mutating func advance(_ written: Int) { count += written }

    /// Valid until the next change.
    package func bytes(_ slice: Slice) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + slice.start, count: slice.count)
    }

    package var all: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}
