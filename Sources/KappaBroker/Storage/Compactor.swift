import KappaCore
import KappaLog
import KappaNetwork
import Synchronization

/// Rewrites segments beside the event loop, one log at a time, on a thread that lives as long as the work.
final class Compactor: @unchecked Sendable {
    // Unchecked: the thread and `isBusy` belong to the loop's thread; what the work leaves behind is in a Mutex.

    typealias Result = Swift.Result<CompactionPlan.Outcome, LogError>

    private let bell: Doorbell
    private let finished = Mutex<Result?>(nil)
    private var thread: WorkerThread?
    private(set) var isBusy = false

    init(bell: Doorbell) { self.bell = bell }

    func start(_ plan: CompactionPlan) throws(BrokerError) {
        isBusy = true
        do throws(WorkerThread.Refused) {
            thread = try WorkerThread.begin("kappa-compact") { [self] in
                let result = plan.run()
                finished.withLock { $0 = result }
                bell.ring()
            }
        } catch {
            throw BrokerError(error)
        }
    }

    /// What became of the work, once it has ended.
    func collect() -> Result? {
        guard let result = finished.withLock({ $0.take() }) else { return nil }
        thread?.join()
        thread = nil
        isBusy = false
        return result
    }

    func waitForEnd() {
        thread?.join()
        thread = nil
    }
}
