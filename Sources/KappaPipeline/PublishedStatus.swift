import Glibc
import KappaCore
import KappaStores
import Synchronization

/// The newest snapshot, for the metrics and for `kappa status`.
package final class PublishedStatus: Sendable {
    private let state = Mutex((snapshot: PipelineSnapshot(), written: Duration.seconds(-1)))
    private let plan: PipelinePlan

    package init(_ plan: PipelinePlan) {
        self.plan = plan
    }

    package var latest: PipelineSnapshot { state.withLock { $0.snapshot } }

    package func post(_ snapshot: PipelineSnapshot) {
        let isDue = state.withLock { state in
            let isDue = snapshot.elapsed - state.written >= .milliseconds(500)
            if isDue { state.written = snapshot.elapsed }
            state.snapshot = snapshot
            return isDue
        }
        guard isDue else { return }
        var status = PipelineStatus()
        (status.time, status.stages, status.books) = (Timestamp.now.milliseconds, snapshot.stages, snapshot.books)
        (status.brokers, status.store) = (plan.brokers, plan.store.name)
        status.write(in: plan.folder)
    }

    /// Nothing runs any more.
    package func clear() { unlink(PipelineStatus.path(in: plan.folder)) }
}
