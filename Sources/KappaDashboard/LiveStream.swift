package import KappaHTTP
import Synchronization

/// One browser's stream. Whoever takes it in time hears everything as it comes. For one that is behind, what is new is
/// put together: of each instrument the newest only. One that stays behind is told to ask anew. So it never holds
/// others back, and never costs more than its bound.
package final class LiveStream: BodySource {
    /// New results, encoded once for everybody.
    package struct Rows: Sendable {
        package var id: String
        /// The JSON of each, with what tells its instrument apart.
        package var rows: [(key: String, json: [UInt8])]

        package init(id: String, rows: [(key: String, json: [UInt8])]) {
            self.id = id
            self.rows = rows
        }
    }

    private struct State {
        var waiting: [[UInt8]] = []
        var bytes = 0
        /// What came while it was behind, by instrument, and the place that it leads up to.
        var behind: [String: [UInt8]] = [:]
        var behindBytes = 0
        var behindID = ""
        var behindSince: ContinuousClock.Instant?
        var bell: BodyBell?
        var isEnded = false
        var isClosed = false
    }

    /// What may wait for one browser.
    package static let bound = 64 << 10
    private static let longestBehind = Duration.seconds(10)
    private static let reset = Array("event: reset\ndata: {}\n\n".utf8)

    private let state = Mutex(State())
    private let now: @Sendable () -> ContinuousClock.Instant
    private let whenClosed: @Sendable (LiveStream) -> Void

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        whenClosed: @escaping @Sendable (LiveStream) -> Void
    ) {
        self.now = now
        self.whenClosed = whenClosed
    }

    /// Something small that is not put together with others; what has been missed comes first, whatever its size.
    package func offer(_ event: [UInt8], isFirst: Bool = false) {
        guard !event.isEmpty else { return }
        change { state in
            guard isFirst || state.bytes + event.count <= LiveStream.bound else { return LiveStream.startAnew(&state) }
            LiveStream.append(event, &state)
        }
    }

    package func offer(_ rows: Rows, whole: [UInt8]) {
        let now = now()
        change { state in
            // Whoever has taken all takes this too, however much it is: it is one for all of them.
            if state.waiting.isEmpty, state.behind.isEmpty {
                return LiveStream.append(whole, &state)
            }
            state.behindSince = state.behindSince ?? now
            for row in rows.rows {
                let old = state.behind.updateValue(row.json, forKey: row.key)
                state.behindBytes += row.json.count - (old?.count ?? 0)
            }
            state.behindID = rows.id
            let isTooLate = state.behindSince.map { $0.duration(to: now) > LiveStream.longestBehind } ?? false
            if isTooLate || state.behindBytes > LiveStream.bound { LiveStream.startAnew(&state) }
        }
    }

    private static func append(_ event: [UInt8], _ state: inout State) {
        state.waiting.append(event)
        state.bytes += event.count
    }

    /// Nothing of what waits is worth anything any more: the page is to ask for all of it.
    private static func startAnew(_ state: inout State) {
        state.waiting = [reset]
        state.bytes = reset.count
        forget(&state)
    }

    private static func forget(_ state: inout State) {
        (state.behind, state.behindBytes, state.behindSince) = ([:], 0, nil)
    }

    private func change(_ body: (inout State) -> Void) {
        let bell = state.withLock { state -> BodyBell? in
            guard !state.isClosed else { return nil }
            body(&state)
            return state.bell
        }
        bell?.ring()
    }

    package func end() { change { $0.isEnded = true } }

    package func attach(_ bell: BodyBell) { state.withLock { $0.bell = bell } }

    package func pull(_ limit: Int) -> BodyPiece {
        state.withLock { state in
            if state.waiting.isEmpty, !state.behind.isEmpty {
                LiveStream.append(LiveStream.event(id: state.behindID, Array(state.behind.values)), &state)
                LiveStream.forget(&state)
            }
            guard !state.waiting.isEmpty else { return state.isEnded ? .end : .later }
            let piece = state.waiting.removeFirst()
            state.bytes -= piece.count
            return .bytes(piece)
        }
    }

    package func close() {
        state.withLock { state in
            state.isClosed = true
            state.waiting = []
            state.bell = nil
            LiveStream.forget(&state)
        }
        whenClosed(self)
    }

    /// An event of results, each in JSON already.
    static func event(id: String, _ rows: [[UInt8]]) -> [UInt8] {
        var bytes = Array("id: \(id)\nevent: rows\ndata: {\"rows\":[".utf8)
        for (index, row) in rows.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += row
        }
        bytes += Array("]}\n\n".utf8)
        return bytes
    }
}
