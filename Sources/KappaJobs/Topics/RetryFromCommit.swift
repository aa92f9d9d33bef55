package import KappaCore
import KappaKafka

/// Starts work again from its committed place while trouble lasts that leaves the fate of a transaction open.
package enum RetryFromCommit {
    package static func run(voice: Voice, stop: StopSignal, _ attempt: () throws -> Void) throws {
        var failures = 0
        while true {
            do {
                return try attempt()
            } catch let trouble as TransactionalWriter.Indefinite {
                failures += 1
                guard failures < 6 else { throw trouble.cause }
                voice.detail("starting again from what is committed: \(trouble.cause.message)")
                if stop.wait(.milliseconds(200 * failures)) { try stop.throwIfRequested() }
            }
        }
    }
}
