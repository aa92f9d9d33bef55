package import KappaStores
import KappaCore
import KappaHTTP
import Synchronization

/// Readers of the view store: each used by one thread at a time, kept open between questions.
package final class StorePool: Sendable {
    /// Idle stores change threads only through the lock, and nobody else holds one then: hence `@unchecked`.
    private struct Idle: @unchecked Sendable { var stores: [any ViewStore] = [] }

    package let address: StoreAddress
    private let idle = Mutex(Idle())
    private static let mostIdle = 6

    package init(_ address: StoreAddress) { self.address = address }

    /// How long a page waits for an answer.
    private static let patience = Duration.seconds(20)

    /// The same for somebody who waits: the question ends with its time, or with whoever asked it.
    func use<Answer>(
        for life: RequestLife, _ body: (any ViewStore, @escaping @Sendable () -> Bool) throws -> Answer
    ) throws -> Answer {
        let end = ContinuousClock.now + StorePool.patience
        let isOver: @Sendable () -> Bool = { life.isOver || ContinuousClock.now > end }
        do {
            return try use { store in
                store.interrupt(when: isOver)
                defer { store.interrupt(when: nil) }
                return try body(store, isOver)
            }
        } catch  where isOver() {
            throw TookTooLong(seconds: StorePool.patience.wholeMilliseconds / 1000)
        }
    }

    package func use<Answer>(_ body: (any ViewStore) throws -> Answer) throws -> Answer {
        let store = try idle.withLock { $0.stores.popLast() } ?? address.open(for: .serving)
        do {
            let answer = try body(store)
            giveBack(store)
            return answer
        } catch let error as StoreError where error.code == .connection {
            // A lost connection does not come back by itself; the next question opens another.
            throw error
        } catch {
            giveBack(store)
            throw error
        }
    }

    private func giveBack(_ store: any ViewStore) {
        let kept = Idle(stores: [store])
        idle.withLock { if $0.stores.count < StorePool.mostIdle { $0.stores += kept.stores } }
    }
}
