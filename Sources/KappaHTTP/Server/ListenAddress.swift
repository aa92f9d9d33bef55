import Glibc
import KappaCore

/// Where a server listens: `127.0.0.1:8000`, `[::1]:8000`, `:8000` (loopback), `8000` (loopback).
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String = "127.0.0.1", port: UInt16) {
        self.host = host
        self.port = port
    }

    package init(word: String) throws(HTTPError) {
        let colon = word.lastIndex(of: ":")
        let digits = colon.map { word[word.index(after: $0)...] } ?? word[...]
        var host = colon.map { String(word[..<$0]) } ?? ""
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard let port = UInt16(digits), colon == nil || host.isEmpty || !host.contains(" ") else {
            throw HTTPError(.usage, "'\(word)' is not an address such as 127.0.0.1:8000")
        }
        self.init(host: host.isEmpty ? "127.0.0.1" : host, port: port)
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Whether something takes connections there.
    package func answers() -> Bool {
        guard let found = resolve() else { return false }
        defer { freeaddrinfo(found) }
        let socket = Glibc.socket(
            found.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        guard connect(socket, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else { return false }
        // Linux may give the very port it connects to, where that is free, and then the socket talks to itself.
        return ListenAddress.port(of: socket) != port
    }

    /// Whether a server could listen there just now.
    package var isFree: Bool {
        guard let (socket, _) = try? listen() else { return false }
        close(socket)
        return true
    }

    /// The same address with a port that was free a moment ago, where the port is 0.
    package func withFreePort() throws(HTTPError) -> ListenAddress {
        guard port == 0 else { return self }
        let (socket, port) = try listen()
        close(socket)
        return ListenAddress(host: host, port: port)
    }

    private func resolve() -> UnsafeMutablePointer<addrinfo>? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        return getaddrinfo(host, String(port), &hints, &found) == 0 ? found : nil
    }

    /// A listening socket that does not block, and the port it got.
    func listen() throws(HTTPError) -> (socket: Int32, port: UInt16) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        guard status == 0, let first = found else {
            throw HTTPError(.failed, "cannot listen on \(self): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(found) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(first.pointee.ai_family, type, 0)
        guard socket >= 0 else { throw failure() }
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(socket, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, Glibc.listen(socket, 512) == 0 else {
            let failure = failure()
            close(socket)
            throw failure
        }
        return (socket, ListenAddress.port(of: socket))
    }

    private func failure() -> HTTPError {
        let inUse = errno == EADDRINUSE
        return HTTPError(
            .failed, "cannot listen on \(self): \(String(cString: strerror(errno)))",
            hint: inUse ? "Something else listens there; choose another port, or 0 for any free one." : nil)
    }

    /// Whether only programs of this machine can reach it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// The other side's address in digits; empty where it has gone already.
    static func peer(of socket: Int32) -> String {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getpeername(socket, address, &length) == 0
                    ? getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) : -1
            }
        }
        return status == 0 ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) : ""
    }

    private static func port(of socket: Int32) -> UInt16 {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &address) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        // The port lies at the same place, in network order, for IPv4 and IPv6.
        return withUnsafeBytes(of: &address) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }
}
