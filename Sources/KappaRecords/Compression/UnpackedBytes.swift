import Glibc

/// Memory for what a batch holds once it is decompressed: it grows piece by piece, up to a limit, and serves again for
/// the next batch.
package struct UnpackedBytes: ~Copyable {
    /// Zeros that stand behind the bytes, for a reader that looks ahead.
    package static let slack = 128

    /// A batch that grows beyond this is refused: a few bytes can announce gigabytes.
    package static let largest = 128 << 20

    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var count = 0
    let limit: Int

    package init(limit: Int = UnpackedBytes.largest) {
        self.limit = limit
        capacity = 0
        memory = malloc(UnpackedBytes.slack)
    }

    deinit { free(memory) }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// Forgets what it holds and makes room for about so much, in pages not touched before they are needed.
    mutating func begin(expecting size: Int) {
        count = 0
        let wanted = min(max(size, 4096), limit)
        guard wanted > capacity else { return }
        free(memory)
        memory = malloc(wanted + UnpackedBytes.slack)
        capacity = wanted
    }

    /// False where the limit is reached.
    mutating func makeRoom() -> Bool {
        guard count == capacity else { return true }
        return grow(to: capacity * 2)
    }

    private mutating func grow(to size: Int) -> Bool {
        guard capacity < limit else { return false }
        capacity = min(max(size, 4096), limit)
        memory = realloc(memory, capacity + UnpackedBytes.slack)
        return true
    }

    /// Gives the room that is left to `body`, which answers its own result and how many bytes it wrote.
    mutating func fill<Result>(_ body: (UnsafeMutableRawBufferPointer) -> (Result, Int)) -> Result {
        let (result, written) = body(UnsafeMutableRawBufferPointer(start: memory + count, count: capacity - count))
        count += written
        return result
    }

    /// False where there are more of them than the limit allows.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= limit - count else { return false }
        if bytes.count > capacity - count { guard grow(to: count + bytes.count) else { return false } }
        if let base = bytes.baseAddress { memcpy(memory + count, base, bytes.count) }
        count += bytes.count
        return true
    }

    /// Holds these bytes from here on; false where they are more than the limit allows.
    package mutating func replace(with bytes: UnsafeRawBufferPointer) -> Bool {
        begin(expecting: bytes.count)
        return append(bytes)
    }

    /// Puts the zeros behind the bytes, which are then complete.
    mutating func finish() { memset(memory + count, 0, UnpackedBytes.slack) }
}
