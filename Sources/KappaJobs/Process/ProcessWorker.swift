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

    /// A topic that is being made, or deleted and made again, is missed for a moment.
    private static let patienceWithoutTopic: Duration = .seconds(20)

    private var goneFailure: ProcessFailure {
        let names = stages.map { "'\($0.topic)'" }.joined(separator: " or ")
        return ProcessFailure(
            "the topic \(names), which this job reads, no longer exists",
            hint: "it was deleted, or may not be seen; if it is recreated, --name starts a new job for the new log")
    }

    package func run() {
        var streak: ContinuousClock.Instant?
        var pauses = BackOff(from: .milliseconds(50), to: .seconds(2))
        var path = KafkaPath()
        /// Since when the input has not been there.
        var goneSince: ContinuousClock.Instant?
        while !board.isStopped {
            let began = ContinuousClock.now
            var session: ProcessSession?
            do {
                let made = ProcessSession(spec, stages: stages, topics: topics, board: board, path: path)
                session = made
                defer { board.settle(ObjectIdentifier(made), committed: made.progress.committedCounts) }
                return try made.run()
            } catch {
                let hasCommitted = session?.hasCommitted ?? false
                // A job that had nothing to commit for an hour is not in trouble for an hour.
                let wasWell = hasCommitted || began.duration(to: .now) > .seconds(60)
                if wasWell {
                    streak = nil
                    pauses.reset()
                }
                let since = streak ?? .now
                streak = since
                path.hear(error, hasCommitted: hasCommitted)
                let isGone = (error as? KafkaError).map { KafkaError.unknownTopics.contains($0.code) } ?? false
                goneSince = isGone ? goneSince ?? .now : nil
                if let goneSince, goneSince.duration(to: .now) > ProcessWorker.patienceWithoutTopic {
                    return board.fail(goneFailure)
                }
                guard ProcessWorker.mayPass(error), since.duration(to: .now) < ProcessWorker.patience else {
                    return board.fail(error)
                }
                guard !board.isStopped else {
                    return board.note("stopped without a last commit: \(ProcessWorker.sentence(error))")
                }
                board.note("starting again from the last commit: \(ProcessWorker.sentence(error))")
                // Its place in the group goes with it.
                session = nil
                board.wait(pauses.pause())
            }
        }
    }

    /// Whether beginning again at the last commit may help.
    private static func mayPass(_ error: any Error) -> Bool {
        if (error as? WriteFailure)?.isFinal == true || (error as? ConnectionFailure)?.isFinal == true { return false }
        guard let error = error as? KafkaError else {
            return error is SessionLost || error is ConnectionFailure || error is WriteFailure
                || (error as? ProcessFailure)?.kind == .timedOut
        }
        let hopeless = [KafkaError.autoOffsetReset, KafkaError.offsetOutOfRange]
        return error.kind != .usage && !error.isRefusal && !hopeless.contains(error.code)
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
