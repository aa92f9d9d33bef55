import KappaCore
import KappaDirect
import KappaKafka

/// Runs one session after another until the job is done, is told to stop, or cannot go on.
package struct ProcessWorker {
    package let spec: JobSpec
    package let stages: [JobStage]
    package let topics: JobTopics
    package let board: JobBoard

    package init(spec: JobSpec, stages: [JobStage], topics: JobTopics, board: JobBoard) {
        self.spec = spec
        self.stages = stages
        self.topics = topics
        self.board = board
    }

    /// When trouble lasts so long without a commit in between, the job gives up and says why.
    package static let patience: Duration = .seconds(300)

    package func run() {
        var streak: ContinuousClock.Instant?
        var pause: Duration = .milliseconds(50)
        var worksDirectly = true
        /// Sessions in a row whose writing failed before their first commit.
        var writeFailures = 0
        while !board.isStopped {
            let began = ContinuousClock.now
            var session: ProcessSession?
            do {
                let made = try ProcessSession(
                    spec, stages: stages, topics: topics, board: board,
                    worksDirectly: worksDirectly)
                session = made
                defer { board.settle(ObjectIdentifier(made), committed: made.committedCounts) }
                return try made.run()
            } catch {
                let hasCommitted = session?.hasCommitted ?? false
                // A job that had nothing to commit for an hour is not in trouble for an hour.
                let wasWell = hasCommitted || began.duration(to: .now) > .seconds(60)
                if wasWell { (streak, pause) = (nil, .milliseconds(50)) }
                let since = streak ?? .now
                streak = since
                if error is WriteFailure { writeFailures = hasCommitted ? 0 : writeFailures + 1 }
                // librdkafka has more patience, and knows more ways.
                if error is ConnectionFailure || writeFailures == 2 { worksDirectly = false }
                guard ProcessWorker.mayPass(error), since.duration(to: .now) < ProcessWorker.patience else {
                    return board.fail(error)
                }
                guard !board.isStopped else {
                    return board.note("stopped without a last commit: \(ProcessWorker.sentence(error))")
                }
                board.note("starting again from the last commit: \(ProcessWorker.sentence(error))")
                // Its place in the group goes with it.
                session = nil
                board.wait(pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    /// Whether beginning again at the last commit may help.
    private static func mayPass(_ error: any Error) -> Bool {
        guard let error = error as? KafkaError else {
            return error is SessionLost || error is ConnectionFailure || error is WriteFailure
                || (error as? ProcessFailure)?.kind == .timedOut
        }
        let hopeless = [KafkaError.autoOffsetReset, KafkaError.offsetOutOfRange, KafkaError.groupAuthorizationFailed]
        return error.kind != .usage && !hopeless.contains(error.code)
    }

    package static func sentence(_ error: any Error) -> String {
        (error as? any Failure)?.message ?? "\(error)"
    }
}

/// The group took the partitions away before their work could be committed.
struct SessionLost: Failure {
    let kind = FailureKind.failed
    let message = "the group went on without this worker"
}
