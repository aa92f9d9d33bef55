import KappaCore
import KappaKafka
import Synchronization

/// What ends a registry: another one that writes its topic. All else passes, and is tried again at the next request.
final class SchemaServeFailure: Sendable {
    private let fencing = Mutex<(any Error)?>(nil)

    func noting<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as KafkaError where error.isFatal || error.code == KafkaError.fenced {
            fencing.withLock { $0 = error }
            throw error
        }
    }

    func throwIfEnded() throws {
        guard let error = fencing.withLock({ $0 }) else { return }
        throw CommandFailure(
            "another registry has taken over the topic: \(error)",
            hint: "let only one run; clients go on with the other one")
    }
}
