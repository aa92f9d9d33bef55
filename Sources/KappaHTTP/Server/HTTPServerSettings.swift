package import KappaNetwork

/// The bounds of a server, and what it stands on.
package struct HTTPServerSettings: Sendable {
    /// More than these, and the one that has been idle longest goes.
    package var connections = 1024
    /// From a connection's first byte, or its opening, to the end of the request's head.
    package var headSeconds = 10
    /// From the end of the head to the end of the body.
    package var bodySeconds = 30
    /// Between two requests of one connection.
    package var idleSeconds = 60
    /// A client that takes nothing of what it is owed is let go.
    package var stallSeconds = 30
    /// Only GET and HEAD are answered, and bodies refused: for those who have nothing to be told.
    package var isReadOnly = true
    /// The largest body of a request.
    package var bodyBytes = 1 << 20
    /// Threads that run handlers; 0 runs them on the server's own thread, where they may not wait for anything.
    package var workers = 0
    /// Requests that wait for a worker; more are told to come again.
    package var waiting = 256
    /// Names in the `Host` field that are answered; nil answers to any name.
    package var hosts: HostRule?
    package var tls: TLSContext?

    package init() {}
}
