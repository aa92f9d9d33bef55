import Glibc
import KappaCore
import KappaNetwork
import Synchronization

/// An HTTP/1.1 server for what kappa has to show and to be asked: figures, a simulated source, the page.
///
/// One thread owns every connection. Handlers run on it, or on workers where they may wait (`settings.workers`). Sizes,
/// connections and times are bounded: whoever is slow, idle or hostile costs a bounded amount and is let go.
package final class HTTPServer: Sendable {
    package typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

    /// Where it listens, with the port it got.
    package let address: ListenAddress
    private let mailbox: ServerMailbox
    private let workers: HandlerPool?
    private let thread: Mutex<WorkerThread?>

    package init(
        listen address: ListenAddress, settings: HTTPServerSettings = HTTPServerSettings(), handler: @escaping Handler
    ) throws(HTTPError) {
        let bell: Doorbell
        do throws(NetworkError) { bell = try Doorbell() } catch { throw HTTPError(error.kind, error.message) }
        let (socket, port) = try address.listen()
        self.address = ListenAddress(host: address.host, port: port)
        let mailbox = ServerMailbox(bell: bell)
        self.mailbox = mailbox
        let workers = settings.workers > 0 ? HandlerPool(settings, mailbox, handler) : nil
        self.workers = workers
        guard let loop = ServerLoop(socket, settings, mailbox, workers, handler) else {
            close(socket)
            throw HTTPError(.failed, "cannot make an epoll instance: \(String(cString: strerror(errno)))")
        }
        thread = Mutex(WorkerThread("kappa-http") { loop.run() })
    }

    /// Closes the listener and every connection, and waits for the thread. Safe to call twice.
    package func stop() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let thread else { return }
        mailbox.post(.stop)
        thread.join()
        workers?.stop()
    }

    deinit { stop() }
}
