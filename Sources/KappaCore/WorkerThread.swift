import CLinux
import Glibc

/// A thread of our own, because calls that block have no place on Swift's cooperative pool.
package final class WorkerThread: Sendable {
    private let handle: pthread_t

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// The system has no thread left to give.
    package struct Refused: Failure {
        package let kind = FailureKind.failed
        package let message: String
    }

    /// - Parameter name: what tools that look at the process show; fifteen characters at most are kept.
    package static func begin(_ name: String, _ run: @escaping @Sendable () -> Void) throws(Refused) -> WorkerThread {
        let body = Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: run))
        var handle = pthread_t()
        let status = pthread_create(
            &handle, nil,
            { argument in
                // The thread takes over the reference that `passRetained` made.
                let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                pthread_setname_np(pthread_self(), body.name)
                body.run()
                return nil
            }, body.toOpaque())
        guard status == 0 else {
            body.release()
            throw Refused(message: "cannot start the thread '\(name)': \(String(cString: strerror(status)))")
        }
        return WorkerThread(handle)
    }

    /// For who cannot go on without it.
    package convenience init(_ name: String, _ run: @escaping @Sendable () -> Void) {
        do {
            self.init(try WorkerThread.begin(name, run).handle)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private init(_ handle: pthread_t) { self.handle = handle }

    package func join() { pthread_join(handle, nil) }

    /// Lets it run on its own; nobody waits for its end.
    package func detach() { pthread_detach(handle) }
}
