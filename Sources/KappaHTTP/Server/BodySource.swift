/// A body that is made while it is sent.
///
/// The server's thread pulls when the client has taken what was sent before, so a slow client slows its source and
/// nothing else. `pull` must not wait: a source with nothing to give says `.later` and rings its bell afterwards.
package protocol BodySource: AnyObject, Sendable {
    /// Before the first pull: what to ring when there is more.
    func attach(_ bell: BodyBell)
    /// At most about `limit` bytes.
    func pull(_ limit: Int) -> BodyPiece
    /// The last call, whatever happened: the body is through, or the client has gone.
    func close()
}

package enum BodyPiece: Equatable, Sendable {
    case bytes([UInt8])
    /// Nothing now; the bell will ring.
    case later
    case end
    /// It cannot be finished: the connection is broken off, so that nobody takes a part for the whole.
    case broken
}

/// Tells the server's thread, from any other, that a body has more to give.
package struct BodyBell: Sendable {
    private let call: @Sendable () -> Void

    package init(_ call: @escaping @Sendable () -> Void) { self.call = call }

    package func ring() { call() }
}
