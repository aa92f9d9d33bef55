import KappaCore
import KappaStores

/// A sink beside a job, in the same program; its failure ends the job.
///
/// `@unchecked Sendable`: the failure is written by the thread alone and read after it was joined.
final class SinkThread: @unchecked Sendable {
    private(set) var failure: (any Error)?
    private var thread: WorkerThread?

    init(_ settings: SinkSettings, voice: Voice, stop: StopSignal) {
        thread = WorkerThread("kappa-sink") { [unowned self] in
            do {
                _ = try SinkJob(settings, voice: voice, stop: stop).run()
            } catch {
                failure = error
                stop.request()
            }
        }
    }

    func join() { thread?.join() }
}
