/// A few buffers kept between reads, so that a stream of large requests does not fault new pages in for each.
struct BufferPool {
    static let small = 64 * 1024
    private static let largest = 8 * 1024 * 1024
    private static let keptBytes = 16 * 1024 * 1024

    private var kept: [UnsafeMutableRawBufferPointer] = []
    private var bytes = 0

    mutating func take(atLeast count: Int) -> UnsafeMutableRawBufferPointer {
        if let index = kept.firstIndex(where: { $0.count >= count && $0.count <= count * 8 }) {
            let buffer = kept.remove(at: index)
            bytes -= buffer.count
            return buffer
        }
        var size = BufferPool.small
        while size < count { size *= 2 }
        return .allocate(byteCount: size, alignment: 16)
    }

    mutating func give(_ buffer: UnsafeMutableRawBufferPointer) {
        guard buffer.count <= BufferPool.largest, bytes + buffer.count <= BufferPool.keptBytes else {
            return buffer.deallocate()
        }
        kept.append(buffer)
        bytes += buffer.count
    }

    mutating func empty() {
        for buffer in kept { buffer.deallocate() }
        kept = []
        bytes = 0
    }
}
