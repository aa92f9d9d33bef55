/// Gathers the bytes of a connection into whole messages, each after its length in four bytes.
///
/// Memory grows with what has arrived, never with what a length announces, and an idle connection keeps little of it.
package struct FrameBuffer: ~Copyable {
    private static let smallest = 4096

    package let maximumFrameLength: Int
    private var memory: UnsafeMutableRawBufferPointer
    /// What has arrived and was not yet given out: `start..<end` of the memory.
    private var start = 0
    private var end = 0

    package init(maximumFrameLength: Int) {
        self.maximumFrameLength = min(maximumFrameLength, Int(Int32.max))
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit { memory.deallocate() }

    package var pendingCount: Int { end - start }
    package var capacity: Int { memory.count }

    /// Lets `read` put bytes into free memory and takes the number that it returns as arrived; zero and less (the end,
    /// an error) is passed through. Frames given out before are no longer valid.
    package mutating func fill<Problem: Error>(
        _ read: (UnsafeMutableRawBufferPointer) throws(Problem) -> Int
    ) throws(Problem) -> Int {
        makeRoom()
        let count = try read(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
        precondition(count <= memory.count - end, "more bytes were read than there was room for")
        end += max(count, 0)
        return count
    }

    /// The next whole message without its length, or nil until more has arrived. It is valid until the next `fill`.
    package mutating func next() throws(WireError) -> UnsafeRawBufferPointer? {
        guard let length = try announcedLength(), pendingCount >= 4 + length else { return nil }
        let first = start + 4
        start = first + length
        return UnsafeRawBufferPointer(rebasing: memory[first..<first + length])
    }

    /// Gives memory back when nothing is pending; for connections that have gone quiet.
    package mutating func shrink() {
        guard pendingCount == 0, memory.count > 0 else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        start = 0
        end = 0
    }

    private func announcedLength() throws(WireError) -> Int? {
        guard pendingCount >= 4 else { return nil }
        let length = Int(Int32(bigEndian: memory.loadUnaligned(fromByteOffset: start, as: Int32.self)))
        guard (0...maximumFrameLength).contains(length) else {
            throw .wrongFrameLength(length, maximum: maximumFrameLength)
        }
        return length
    }

    /// Moves what is pending to the front, and doubles the memory where that frees less than a quarter of it.
    private mutating func makeRoom() {
        let pending = pendingCount
        if pending == 0 { (start, end) = (0, 0) }
        if memory.count - end >= max(Self.smallest / 2, memory.count / 4) { return }
        if memory.count - pending >= max(Self.smallest / 2, memory.count / 4) {
            memory.baseAddress?.copyMemory(from: memory.baseAddress! + start, byteCount: pending)
        } else {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(Self.smallest, memory.count * 2), alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
            memory.deallocate()
            memory = larger
        }
        start = 0
        end = pending
    }
}
