import KappaCore
import Synchronization

/// Does the same to many things on a few threads, and waits for all of them: opening and closing logs is waiting for
/// the disk, which serves several in little more than the time of one.
enum ParallelMap {
    private static let threadCount = 8

    /// The results are in the order of the things. Each thing and each result is held by one thread at a time, so
    /// neither has to be Sendable.
    static func map<Thing, Made>(_ things: [Thing], _ body: @escaping (Thing) -> Made) throws(BrokerError) -> [Made] {
        guard things.count > 1 else { return things.map(body) }
        let work = Work(things, body)
        var threads: [WorkerThread] = []
        defer { for thread in threads { thread.join() } }
        for _ in 0..<min(threadCount, things.count) {
            do throws(WorkerThread.Refused) {
                threads.append(try WorkerThread.begin("kappa-aside") { work.run() })
            } catch {
                throw BrokerError(error)
            }
        }
        for thread in threads { thread.join() }
        threads = []
        return work.results()
    }

    /// Unchecked: things are handed out one by one through the counter, what is made of them goes under the Mutex,
    /// and is taken when all threads have ended.
    private final class Work<Thing, Made>: @unchecked Sendable {
        private let things: [Thing]
        private let body: (Thing) -> Made
        private let next = Atomic(0)
        private let finished: Mutex<[Handed]>

        private struct Handed: @unchecked Sendable {
            // Unchecked: made by one thread, read by another after that has ended.
            var result: Made?
        }

        init(_ things: [Thing], _ body: @escaping (Thing) -> Made) {
            self.things = things
            self.body = body
            finished = Mutex(Array(repeating: Handed(result: nil), count: things.count))
        }

        func run() {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < things.count else { return }
                let handed = Handed(result: body(things[index]))
                finished.withLock { $0[index] = handed }
            }
        }

        func results() -> [Made] { finished.withLock { $0 }.compactMap(\.result) }
    }
}
