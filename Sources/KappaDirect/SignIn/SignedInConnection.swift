import Glibc
package import KappaCore
import KappaNetwork

/// A connection that has signed in, and carries somebody else's requests.
package final class SignedInConnection {
    private let connection: BrokerConnection
    private var outgoing = Pipe()
    private var incoming = Pipe()

    /// Bytes between the two ends, in the order of their coming.
    private struct Pipe {
        var bytes = [UInt8](repeating: 0, count: 128 << 10)
        var start = 0
        var end = 0
        var isEmpty: Bool { start == end }
    }

    package init(
        _ broker: BrokerAddress, clientId: String, signIn: SignIn, patience: Duration
    ) throws(ConnectionFailure) {
        connection = try BrokerConnection(broker, clientId: clientId, signIn: signIn, patience: patience)
        try connection.negotiate()
    }

    /// Carries bytes both ways until one of the ends is closed, or the sign-in has run out.
    package func carry(_ peer: Int32) {
        for descriptor in [peer, connection.descriptor] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
        let stream = connection.stream
        while !connection.mustRenew {
            guard wait(peer) else { return }
            // An empty pipe is filled, a full one emptied: no more than its size is ever on the way.
            guard fill(&outgoing, { recv(peer, $0, $1, 0) }), drain(&outgoing, { stream.send($0, $1, hasMore: false) }),
                fill(&incoming, { stream.receive($0, $1) }),
                drain(&incoming, { send(peer, $0, $1, Int32(MSG_NOSIGNAL)) })
            else { return }
        }
    }

    private func wait(_ peer: Int32) -> Bool {
        var set = [
            pollfd(fd: peer, events: 0, revents: 0), pollfd(fd: connection.descriptor, events: 0, revents: 0),
        ]
        set[0].events = Int16((outgoing.isEmpty ? POLLIN : 0) | (incoming.isEmpty ? 0 : POLLOUT))
        set[1].events = Int16((incoming.isEmpty ? POLLIN : 0) | (outgoing.isEmpty ? 0 : POLLOUT))
        let isReady = incoming.isEmpty && connection.stream.hasPending
        let count = poll(&set, 2, isReady ? 0 : 1000)
        return count >= 0 || errno == EINTR
    }

    /// False at the end.
    private func fill(_ pipe: inout Pipe, _ read: (UnsafeMutableRawPointer, Int) -> Int) -> Bool {
        guard pipe.isEmpty else { return true }
        let count = pipe.bytes.withUnsafeMutableBytes { read($0.baseAddress!, $0.count) }
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        (pipe.start, pipe.end) = (0, count)
        return count > 0
    }

    private func drain(_ pipe: inout Pipe, _ write: (UnsafeRawPointer, Int) -> Int) -> Bool {
        while !pipe.isEmpty {
            let (start, count) = (pipe.start, pipe.end - pipe.start)
            let sent = pipe.bytes.withUnsafeBytes { write($0.baseAddress! + start, count) }
            if sent < 0 { return errno == EAGAIN || errno == EINTR }
            pipe.start += sent
        }
        return true
    }
}
