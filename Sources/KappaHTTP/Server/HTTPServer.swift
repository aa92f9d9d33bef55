import Glibc
import KappaCore
import Synchronization

/// A small HTTP/1.1 server for what kappa has to show: a simulated REST source, figures for Prometheus.
///
/// GET and HEAD only, no TLS, loopback unless told otherwise. One thread owns every connection; the handler runs on
/// it, and should answer within milliseconds. Sizes, connections and idle times are bounded.
package final class HTTPServer: Sendable {
    package typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

    /// Where it listens, with the port it got.
    package let address: ListenAddress
    /// Written to once, to end the loop's wait.
    private let wakeUp: (read: Int32, write: Int32)
    private let thread: Mutex<pthread_t?>

    package init(listen address: ListenAddress, handler: @escaping Handler) throws(HTTPError) {
        let (socket, port) = try address.listen()
        wakeUp = HTTPServer.pipe()
        self.address = ListenAddress(host: address.host, port: port)
        let loop = ServerLoop(listener: socket, wakeUp: wakeUp.read, handler: handler)
        thread = Mutex(loop.startThread())
    }

    /// Closes the listener and every connection, and waits for the thread. Safe to call twice.
    package func stop() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let thread else { return }
        _ = write(wakeUp.write, "!", 1)
        pthread_join(thread, nil)
    }

    deinit {
        stop()
        close(wakeUp.read)
        close(wakeUp.write)
    }

    private static func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        precondition(Glibc.pipe(&ends) == 0, "no pipe for the HTTP server")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
