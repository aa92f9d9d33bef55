import CLinux
import Glibc

/// A connection's bytes, plain or through TLS.
package enum ByteStream {
    case plain(Int32)
    case tls(TLSSession)

    package func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        switch self {
        case .plain(let socket): recv(socket, bytes, count, 0)
        case .tls(let session): session.receive(bytes, count)
        }
    }

    /// `hasMore` says that more follows at once, so that small pieces share a packet.
    package func send(_ bytes: UnsafeRawPointer, _ count: Int, hasMore: Bool) -> Int {
        switch self {
        case .plain(let socket):
            Glibc.send(socket, bytes, count, Int32(MSG_NOSIGNAL) | (hasMore ? Int32(MSG_MORE) : 0))
        case .tls(let session): session.send(bytes, count)
        }
    }

    /// Whether there are bytes to receive that the socket will not tell of.
    package var hasPending: Bool {
        switch self {
        case .plain: false
        case .tls(let session): session.hasPending
        }
    }
}
