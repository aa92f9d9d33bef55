import KappaLog

/// Opens many logs beside the event loop, some at a time, so that other work of its kind gets its turn in between.
final class LogOpening: @unchecked Sendable {
    // Unchecked: it belongs to the loop's thread, but while it is handed to the other one, which alone calls
    // `openSome`.

    struct Job {
        var directory: String
        var configuration: LogConfiguration
    }

    typealias Elsewhere = (_ work: @escaping @Sendable () -> Void, _ done: @escaping () -> Void) -> Void
    private static let atOnce = 50

    private let jobs: [Job]
    private let now: Moment
    /// What is wrong with a folder that is to become a new topic's.
    private let refusal: @Sendable (String) -> BrokerError?
    private var logs: [Result<PartitionLog, LogError>] = []
    private var problem: (any Error)?

    init(_ jobs: [Job], now: Moment, refusing refusal: @escaping @Sendable (String) -> BrokerError?) {
        self.jobs = jobs
        self.now = now
        self.refusal = refusal
    }

    func run(
        _ elsewhere: @escaping Elsewhere, done: @escaping (Result<[Result<PartitionLog, LogError>], any Error>) -> Void
    ) {
        guard problem == nil, logs.count < jobs.count else {
            return done(problem.map { .failure($0) } ?? .success(logs))
        }
        elsewhere {
            self.openSome()
        } _: {
            self.run(elsewhere, done: done)
        }
    }

    private func openSome() {
        let some = Array(jobs[logs.count..<min(logs.count + LogOpening.atOnce, jobs.count)])
        do {
            for job in some {
                if let words = refusal(job.directory) { throw words }
            }
            let opened = try TopicStore.open(some, now: now)
            for case .failure(let error) in opened { throw error }
            logs += opened
        } catch {
            problem = error
        }
    }
}
