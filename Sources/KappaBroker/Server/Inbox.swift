import Glibc
import KappaNetwork

/// What has been read from one connection and not yet been handled.
///
/// An idle connection holds no buffer. Memory grows with what has arrived, never with what a length field claims.
struct Inbox {
    private var storage: UnsafeMutableRawBufferPointer?
    private var start = 0
    private var end = 0

    enum Frame {
        /// A whole frame, without its length; valid until the inbox changes.
        case whole(UnsafeRawBufferPointer)
        case partial
        /// A length below zero or above the bound.
        case refused(length: Int32)
    }

    var count: Int { end - start }

    /// The memory it holds.
    var capacity: Int { storage?.count ?? 0 }

    /// The length of the frame that has begun to arrive, where its first four bytes are there.
    var announcedLength: Int? {
        guard count >= 4, let storage else { return nil }
        return Int(Int32(bigEndian: storage.loadUnaligned(fromByteOffset: start, as: Int32.self)))
    }

    /// The next frame, with its four length bytes still in place.
    func next(bound: Int) -> Frame {
        guard count >= 4, let storage else { return .partial }
        let length = Int32(bigEndian: storage.loadUnaligned(fromByteOffset: start, as: Int32.self))
        guard length >= 0, Int(length) <= bound else { return .refused(length: length) }
        guard count - 4 >= Int(length) else { return .partial }
        return .whole(UnsafeRawBufferPointer(rebasing: storage[(start + 4)..<(start + 4 + Int(length))]))
    }

    /// Lets go of a frame that has been handled.
    mutating func drop(frameLength: Int) { start += 4 + frameLength }

    /// Reads once. Returns what `recv` would: 0 at the end, −1 with `errno`.
    mutating func receive(from stream: ByteStream, pool: inout BufferPool) -> Int {
        makeRoom(&pool)
        let room = storage!.count - end
        let received = stream.receive(storage!.baseAddress! + end, room)
        if received > 0 { end += received }
        return received
    }

    /// Whether the last read may have left bytes in the socket.
    var isFull: Bool { storage.map { end == $0.count } ?? false }

    /// Gives a small buffer back where nothing is left in it. One that has grown stays for the next large request,
    /// until the connection falls silent and `release` is called.
    mutating func settle(_ pool: inout BufferPool) {
        guard start == end, let buffer = storage else { return }
        (start, end) = (0, 0)
        if buffer.count <= BufferPool.small { release(&pool) }
    }

    /// Gives the buffer back where nothing is left in it.
    mutating func release(_ pool: inout BufferPool) {
        guard start == end, let buffer = storage else { return }
        pool.give(buffer)
        storage = nil
        (start, end) = (0, 0)
    }

    mutating func discard(_ pool: inout BufferPool) {
        start = end
        release(&pool)
    }

    private mutating func makeRoom(_ pool: inout BufferPool) {
        guard let old = storage else {
            storage = pool.take(atLeast: BufferPool.small)
            return
        }
        let needed = 4 + (count >= 4 ? Int(old.loadUnaligned(fromByteOffset: start, as: Int32.self).bigEndian) : 0)
        // A frame that fits the buffer behind what was handled needs no move.
        guard end == old.count || start + needed > old.count else { return }
        // At most four times what has arrived: a lie about the length costs the liar's own bytes.
        let wanted = max(BufferPool.small, min(needed, 4 * count))
        if old.count >= wanted, count < old.count {
            memmove(old.baseAddress!, old.baseAddress! + start, count)
        } else {
            let new = pool.take(atLeast: max(wanted, count * 2))
            memcpy(new.baseAddress!, old.baseAddress! + start, count)
            storage = new
            pool.give(old)
        }
        (start, end) = (0, count)
    }
}
