import KappaCore
import Synchronization

/// A body that a thread of its own writes: `write` waits while the client is behind.
package final class BodyPipe: BodySource {
    private struct State {
        var bytes: [UInt8] = []
        var isEnded = false
        var isBroken = false
        var isClosed = false
        var bell: BodyBell?
    }

    /// Bytes that wait for the client; more makes the writer wait.
    private let limit: Int
    private let state: Mutex<State> = Mutex(State())
    /// Posted when there is room again, or nobody who wants it.
    private let room = WakeUp()

    /// `body` runs on a thread of its own, and its end is the body's. Throwing breaks the answer off.
    package init(limit: Int = 256 << 10, _ body: @escaping @Sendable (BodyPipe) throws -> Void) {
        self.limit = limit
        WorkerThread("kappa-body") { [self] in
            do {
                try body(self)
                finish(broken: false)
            } catch {
                finish(broken: true)
            }
        }.detach()
    }

    /// False when the client has gone: then there is nothing left to do.
    package func write(_ bytes: [UInt8]) -> Bool {
        while true {
            let (isClosed, isTaken, bell) = state.withLock { state in
                if state.isClosed { return (true, false, BodyBell?.none) }
                guard state.bytes.count < limit else { return (false, false, nil) }
                let bell = state.bytes.isEmpty ? state.bell : nil
                state.bytes += bytes
                return (false, true, bell)
            }
            bell?.ring()
            if isClosed { return false }
            if isTaken { return true }
            room.wait()
        }
    }

    private func finish(broken: Bool) {
        let bell = state.withLock { state in
            state.isEnded = true
            state.isBroken = broken
            return state.bell
        }
        bell?.ring()
    }

    package func attach(_ bell: BodyBell) { state.withLock { $0.bell = bell } }

    package func pull(_ limit: Int) -> BodyPiece {
        let piece: BodyPiece = state.withLock { state in
            guard !state.bytes.isEmpty else {
                return state.isBroken ? .broken : state.isEnded ? .end : .later
            }
            let piece = Array(state.bytes.prefix(limit))
            state.bytes.removeFirst(piece.count)
            return .bytes(piece)
        }
        room.post()
        return piece
    }

    package func close() {
        state.withLock { state in
            state.isClosed = true
            state.bytes = []
            state.bell = nil
        }
        room.post()
    }
}
