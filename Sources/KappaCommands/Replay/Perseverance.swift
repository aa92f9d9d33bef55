import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// Starts work again from its committed place while trouble lasts that leaves the fate of a transaction open.
enum Perseverance {
    static func run(_ context: CommandContext, _ attempt: () throws -> Void) throws {
        var failures = 0
        while true {
            do {
                return try attempt()
            } catch let trouble as TransactionalWriter.Indefinite {
                failures += 1
                guard failures < 6 else { throw trouble.cause }
                context.messages.detail("starting again from what is committed: \(trouble.cause.message)")
                if context.stop.wait(.milliseconds(200 * failures)) { try context.stop.throwIfRequested() }
            }
        }
    }
}
