import Glibc
import KappaCore
import Synchronization

/// The threads on which handlers may wait for a store or a broker.
final class HandlerPool: Sendable {
    private struct Job: Sendable {
        var connection: UInt64
        var request: HTTPRequest
    }

    private struct Queue {
        var jobs: [Job] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let limit: Int
    private let wakeUp: WakeUp
    private let mailbox: ServerMailbox
    private let handler: HTTPServer.Handler

    init(_ settings: HTTPServerSettings, _ mailbox: ServerMailbox, _ handler: @escaping HTTPServer.Handler) {
        limit = settings.waiting
        self.mailbox = mailbox
        self.handler = handler
        wakeUp = WakeUp()
        for _ in 0..<settings.workers { WorkerThread("kappa-handle") { [self] in work() }.detach() }
    }

    /// False where too many wait already.
    func take(_ request: HTTPRequest, for connection: UInt64) -> Bool {
        let isTaken = queue.withLock { queue in
            guard queue.jobs.count < limit else { return false }
            queue.jobs.append(Job(connection: connection, request: request))
            return true
        }
        if isTaken { wakeUp.post() }
        return isTaken
    }

    /// The threads end when they have done what they are at.
    func stop() {
        queue.withLock { queue in
            queue.isStopped = true
            queue.jobs = []
        }
        wakeUp.post()
    }

    private func work() {
        while true {
            wakeUp.wait()
            let (job, isStopped) = queue.withLock { queue in
                (queue.jobs.isEmpty ? nil : queue.jobs.removeFirst(), queue.isStopped)
            }
            if isStopped {
                // The next one's turn to see it.
                wakeUp.post()
                return
            }
            guard let job else { continue }
            let response = handler(job.request)
            mailbox.post(.answer(connection: job.connection, BodyCompression.compressed(response, job.request)))
        }
    }
}
