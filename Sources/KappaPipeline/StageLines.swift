import Glibc

/// The lines that come out of a descriptor that does not block.
struct StageLines {
    /// A child that never ends its line must not grow without end in here.
    private static let longest = 8192

    let descriptor: Int32
    private var partial: [UInt8] = []
    /// Nobody holds the other end any more.
    private(set) var isAtEnd = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// The whole lines that have come; at the end also what lacks its line end.
    mutating func read(isLast: Bool = false) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { room in
            while true {
                let count = Glibc.read(descriptor, room.baseAddress, room.count)
                if count < 0, errno == EINTR { continue }
                if count == 0 { isAtEnd = true }
                guard count > 0 else { return }
                for byte in room[..<count] { take(byte, &lines) }
            }
        }
        if isLast, !partial.isEmpty { endLine(&lines) }
        return lines
    }

    private mutating func take(_ byte: UInt8, _ lines: inout [[UInt8]]) {
        if byte == UInt8(ascii: "\n") || partial.count == StageLines.longest { endLine(&lines) }
        if byte != UInt8(ascii: "\n") { partial.append(byte) }
    }

    private mutating func endLine(_ lines: inout [[UInt8]]) {
        lines.append(partial)
        partial.removeAll(keepingCapacity: true)
    }
}
