import Synchronization

/// Whether the client of a request still waits: what takes long looks now and then, and ends where nobody does.
package final class RequestLife: Sendable, Equatable {
    private let hasLeft = Atomic<Bool>(false)

    package init() {}

    package var isOver: Bool { hasLeft.load(ordering: .relaxed) }

    func end() { hasLeft.store(true, ordering: .relaxed) }

    /// Two requests that say the same are equal, whoever waits for them.
    package static func == (left: RequestLife, right: RequestLife) -> Bool { true }
}
