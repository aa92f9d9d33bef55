import KappaCore
import KappaKafka
import KappaTerminal

/// Runs one session after another until the job is done, is told to stop, or cannot go on.
struct ProcessWorker {
    let spec: JobSpec
    let stages: [JobStage]
    let topics: JobTopics
    let board: JobBoard
    let messages: Messages

    /// Without a single commit for so long the job gives up and says why.
    static let patience: Duration = .seconds(300)

    func run() {
        var pause: Duration = .milliseconds(50)
        while !board.isStopped {
            do {
                let session = try ProcessSession(spec, stages: stages, topics: topics, board: board, messages: messages)
                defer { board.settle(ObjectIdentifier(session), committed: session.committedCounts) }
                return try session.run()
            } catch {
                guard ProcessWorker.mayPass(error), board.sinceProgress < ProcessWorker.patience else {
                    return board.fail(error)
                }
                if board.sinceProgress < .seconds(2) { pause = .milliseconds(50) }
                messages.note("starting again from the last commit: \(ProcessWorker.sentence(error))")
                board.wait(pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    /// Whether beginning again at the last commit may help.
    private static func mayPass(_ error: any Error) -> Bool {
        guard let error = error as? KafkaError else { return error is SessionLost }
        let hopeless = [KafkaError.autoOffsetReset, KafkaError.offsetOutOfRange, KafkaError.groupAuthorizationFailed]
        return error.kind != .usage && !hopeless.contains(error.code)
    }

    private static func sentence(_ error: any Error) -> String {
        (error as? any Failure)?.message ?? "\(error)"
    }
}

/// The group took the partitions away before their work could be committed.
struct SessionLost: Failure {
    let kind = FailureKind.failed
    let message = "the group went on without this worker"
}
