import Glibc
import KappaTestSupport

/// A broker for the suite of the log's commands: our own, or the one that `KAPPA_TEST_BROKERS` names.
final class LogSuite: Sendable {
    let brokers: String
    let own: BrokerProcess?

    init() async throws {
        if let named = getenv("KAPPA_TEST_BROKERS") {
            brokers = String(cString: named)
            own = nil
        } else {
            let broker = try await BrokerProcess.start()
            brokers = broker.address
            own = broker
        }
    }

    /// A name that no other test uses, on a shared broker too.
    static func name(_ word: String) -> String { "kappa-test-\(word)-\(UInt32.random(in: 0...UInt32.max))" }

    var environment: [String: String] { ["KAPPA_BROKERS": brokers] }

    @discardableResult
    func kappa(_ arguments: String..., stdin: String = "", timeout: Duration = .seconds(60)) async throws
        -> ChildProcess.Result
    {
        try await Kappa.run(arguments, stdin: stdin, environment: environment, timeout: timeout)
    }

    func start(_ arguments: [String], in folder: TemporaryDirectory, terminal: TerminalSize? = nil) throws
        -> ChildProcess
    {
        try Kappa.start(arguments, environment: environment, directory: folder.path, terminal: terminal)
    }

    /// Another program, with the broker's address in place of `BROKERS`.
    func run(_ words: String..., stdin: String = "") async throws -> ChildProcess.Result {
        let child = try ChildProcess(
            words.map { $0 == "BROKERS" ? brokers : $0 }, environment: ["PATH": "/usr/bin:/bin:/usr/sbin"],
            directory: "/tmp")
        return try await child.finish(stdin: stdin, timeout: .seconds(30))
    }
}
