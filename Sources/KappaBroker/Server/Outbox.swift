import CLinux
import Glibc

/// What waits to be written to one connection, in order: bytes, and spans of files.
struct Outbox {
    enum Piece {
        case bytes([UInt8])
        case file(FileSlice)
        case memory(MemoryBlock, count: Int)

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(let slice): slice.count
            case .memory(_, let count): count
            }
        }

        var countInMemory: Int {
            if case .file = self { return 0 }
            return count
        }
    }

    enum Progress {
        case empty, blocked, broken
    }

    private var pieces: [Piece] = []
    private var head = 0
    /// How much of the first piece has gone.
    private var sent = 0
    /// The bytes held in memory; spans of files cost nothing while they wait.
    private(set) var bytesInMemory = 0
    private(set) var bytesSent = 0

    var isEmpty: Bool { head == pieces.count }

    mutating func append(_ piece: Piece) {
        guard piece.count > 0 else { return }
        bytesInMemory += piece.countInMemory
        pieces.append(piece)
    }

    /// Writes until the socket takes no more.
    mutating func flush(to socket: Int32) -> Progress {
        while head < pieces.count {
            let written = write(pieces[head], isLast: head == pieces.count - 1, to: socket)
            if written < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .blocked : .broken
            }
            // A file that ends before its slice does would never finish: the framing is lost.
            guard written > 0 else { return .broken }
            advance(by: written)
        }
        pieces.removeAll(keepingCapacity: pieces.count <= 16)
        head = 0
        return .empty
    }

    private func write(_ piece: Piece, isLast: Bool, to socket: Int32) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | (isLast ? 0 : Int32(MSG_MORE))
        switch piece {
        case .memory(let block, let count):
            return send(socket, block.bytes.baseAddress! + sent, count - sent, flags)
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { send(socket, $0.baseAddress! + sent, $0.count - sent, flags) }
        case .file(let slice):
            var position = off_t(slice.position) + off_t(sent)
            return sendfile(socket, slice.descriptor, &position, slice.count - sent)
        }
    }

    private mutating func advance(by written: Int) {
        bytesSent += written
        sent += written
        guard sent == pieces[head].count else { return }
        bytesInMemory -= pieces[head].countInMemory
        // Let go of the memory and the file now, not when the whole queue has drained.
        pieces[head] = .bytes([])
        head += 1
        sent = 0
        if head > 64, head * 2 > pieces.count {
            pieces.removeFirst(head)
            head = 0
        }
    }
}
