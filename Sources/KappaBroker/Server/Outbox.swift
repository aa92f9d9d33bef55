import Glibc
import KappaNetwork

/// What waits to be written to one connection, in order.
struct Outbox {
    enum Piece {
        case bytes([UInt8])
        case memory(MemoryBlock, count: Int)

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .memory(_, let count): count
            }
        }
    }

    enum Progress {
        case empty, blocked, broken
    }

    private var pieces: [Piece] = []
    private var head = 0
    /// How much of the first piece has gone.
    private var sent = 0
    private(set) var bytesInMemory = 0
    private(set) var bytesSent = 0

    var isEmpty: Bool { head == pieces.count }

    mutating func append(_ piece: Piece) {
        guard piece.count > 0 else { return }
        bytesInMemory += piece.count
        pieces.append(piece)
    }

    /// Writes until the socket takes no more.
    mutating func flush(to stream: ByteStream) -> Progress {
        while head < pieces.count {
            let written = write(pieces[head], isLast: head == pieces.count - 1, to: stream)
            if written < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .blocked : .broken
            }
            guard written > 0 else { return .broken }
            advance(by: written)
        }
        pieces.removeAll(keepingCapacity: pieces.count <= 16)
        head = 0
        return .empty
    }

    private func write(_ piece: Piece, isLast: Bool, to stream: ByteStream) -> Int {
        switch piece {
        case .memory(let block, let count):
            return stream.send(block.bytes.baseAddress! + sent, count - sent, hasMore: !isLast)
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { stream.send($0.baseAddress! + sent, $0.count - sent, hasMore: !isLast) }
        }
    }

    private mutating func advance(by written: Int) {
        bytesSent += written
        sent += written
        guard sent == pieces[head].count else { return }
        bytesInMemory -= pieces[head].count
        // Let go of the memory now, not when the whole queue has drained.
        pieces[head] = .bytes([])
        head += 1
        sent = 0
        if head > 64, head * 2 > pieces.count {
            pieces.removeFirst(head)
            head = 0
        }
    }
}
