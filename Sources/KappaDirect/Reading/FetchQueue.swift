import KappaCore

/// What was fetched and not yet taken, up to so many bytes.
final class FetchQueue: Sendable {
    private struct State {
        var events: [FetchEvent] = []
        /// Blocks that were read to their end, whose memory serves again.
        var spare: [FetchedBlock] = []
        var size = 0
        var isStopped = false
    }

    private let state = Monitor(State())
    private let limit: Int
    /// Readable while something may be there, for who waits for other things too.
    let filled = EventDescriptor()

    init(limit: Int) { self.limit = limit }

    var isStopped: Bool { state.look(\.isStopped) }

    func stop() {
        state.change { $0.isStopped = true }
        filled.ring()
    }

    /// Waits for room, then puts the event behind the others; false when it is over.
    @discardableResult
    func put(_ event: FetchEvent) -> Bool {
        let isFirst: Bool? = state.wait { state in
            if state.isStopped { return .some(nil) }
            guard state.size < limit else { return nil }
            state.events.append(event)
            if case .block(let block) = event { state.size += block.size }
            return .some(state.events.count == 1)
        }
        guard let isFirst else { return false }
        if isFirst { filled.ring() }
        return true
    }

    /// The next event, if there is one; what comes after a nil rings.
    func take() -> FetchEvent? {
        if let event = first() { return event }
        filled.clear()
        return first()
    }

    private func first() -> FetchEvent? {
        let (event, makesRoom) = state.look { state -> (FetchEvent?, Bool) in
            guard !state.events.isEmpty else { return (nil, false) }
            // There are never more than a few.
            let event = state.events.removeFirst()
            guard case .block(let block) = event else { return (event, false) }
            let wasFull = state.size >= limit
            state.size -= block.size
            return (event, wasFull && state.size < limit)
        }
        if makesRoom { state.change { _ in } }
        return event
    }

    /// The next event, after waiting for it for so long; nil where none came.
    func take(within wait: Duration) -> FetchEvent? {
        let deadline = ContinuousClock.now + wait
        while true {
            if let event = take() { return event }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, !isStopped else { return nil }
            EventDescriptor.wait(for: [filled.descriptor], left)
        }
    }

    func giveBack(_ block: FetchedBlock) {
        state.look { if $0.spare.count < 2 { $0.spare.append(block) } }
    }

    func emptyBlock() -> FetchedBlock { state.look { $0.spare.popLast() } ?? FetchedBlock() }

    /// False when it is over before the time.
    func rest(_ duration: Duration) -> Bool { state.wait(duration) { $0.isStopped ? true : nil } == nil }
}
