import KappaCore
import KappaStores
import Synchronization

/// The exact books, when nothing moves any more: the log's ends, the store's sum, and a count of late and dead records
/// from their first to their last.
package final class PipelineAudit: Sendable {
    private struct State {
        var books: PipelineBooks?
        var problem: String?
        var status: Int32?
    }

    private let state = Mutex(State())

    /// What came out; nil before the end of the count.
    package var books: PipelineBooks? { state.withLock(\.books) }
    package var problem: String? { state.withLock(\.problem) }

    package func start(_ places: PipelineMonitor.Places) {
        WorkerThread("kappa-audit") { [self] in
            do {
                let books = try PipelineAudit.count(places)
                state.withLock { ($0.books, $0.problem, $0.status) = (books, nil, ExitStatus.done) }
            } catch {
                let problem = (error as? any Failure)?.message ?? "\(error)"
                state.withLock { ($0.problem, $0.status) = (problem, ExitStatus.failed) }
            }
        }.detach()
    }

    /// The status of a count that has ended, once.
    package func ending() -> Int32? {
        state.withLock { state in
            defer { state.status = nil }
            return state.status
        }
    }

    private static func count(_ places: PipelineMonitor.Places) throws -> PipelineBooks {
        let log = try LogReader(places).readToEnd(patience: .seconds(60))
        let view = try ViewReader.total(places.store)
        return PipelineBooks(
            produced: log.input, stored: view.readings, windows: view.rows, late: log.late, dead: log.dead)
    }
}
