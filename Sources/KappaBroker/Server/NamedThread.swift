import CLinux
import Glibc

/// A thread of our own, because blocking calls have no place on Swift's cooperative pool.
final class NamedThread: Sendable {
    private let handle: pthread_t

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    init(_ name: String, run: @escaping @Sendable () -> Void) throws(BrokerError) {
        let body = Unmanaged.passRetained(Body(name: name, run: run))
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
            throw .system("cannot start the thread '\(name)'", code: status)
        }
        self.handle = handle
    }

    func join() { pthread_join(handle, nil) }
}
