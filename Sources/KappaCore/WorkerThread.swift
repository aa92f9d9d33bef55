import Glibc

/// A closure on a thread of its own, for work that blocks in C.
package final class WorkerThread {
    private var thread = pthread_t()

    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    package init(_ body: @escaping () -> Void) {
        let box = Unmanaged.passRetained(Body(body)).toOpaque()
        let error = pthread_create(
            &thread, nil,
            { box in
                Unmanaged<Body>.fromOpaque(box!).takeRetainedValue().run()
                return nil
            }, box)
        precondition(error == 0, "a thread could not be made: \(String(cString: strerror(error)))")
    }

    package func join() { pthread_join(thread, nil) }

    /// Lets it run on its own; nobody waits for its end.
    package func detach() { pthread_detach(thread) }
}
