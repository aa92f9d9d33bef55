import KappaHTTP
import Synchronization

/// One browser's stream. What it does not take in time is dropped, and it is told to ask anew: it never holds others
/// back, and never costs more than its bound.
final class LiveStream: BodySource {
    private struct State {
        var waiting: [[UInt8]] = []
        var bytes = 0
        var bell: BodyBell?
        var isEnded = false
        var isClosed = false
    }

    private static let bound = 256 << 10
    private let state = Mutex(State())
    private let whenClosed: @Sendable (LiveStream) -> Void

    init(whenClosed: @escaping @Sendable (LiveStream) -> Void) { self.whenClosed = whenClosed }

    func offer(_ event: [UInt8]) {
        guard !event.isEmpty else { return }
        let bell = state.withLock { state -> BodyBell? in
            guard !state.isClosed else { return nil }
            if state.bytes + event.count > LiveStream.bound {
                state.waiting = [Array("event: reset\ndata: {}\n\n".utf8)]
            } else {
                state.waiting.append(event)
            }
            state.bytes = state.waiting.reduce(0) { $0 + $1.count }
            return state.bell
        }
        bell?.ring()
    }

    func end() {
        let bell = state.withLock { state in
            state.isEnded = true
            return state.bell
        }
        bell?.ring()
    }

    func attach(_ bell: BodyBell) { state.withLock { $0.bell = bell } }

    func pull(_ limit: Int) -> BodyPiece {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return state.isEnded ? .end : .later }
            let piece = state.waiting.removeFirst()
            state.bytes -= piece.count
            return .bytes(piece)
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.waiting = []
            state.bell = nil
        }
        whenClosed(self)
    }
}
