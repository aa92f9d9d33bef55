import KappaBroker
import KappaTestSupport
import Synchronization

/// A broker that ends with the test.
final class ServedBroker {
    let folder: TemporaryDirectory
    let broker: Broker
    /// What the broker said; shown where a test fails.
    var words: String { said.all.joined(separator: "\n") }
    private let said = Words()

    init(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws {
        folder = try TemporaryDirectory()
        var configuration = BrokerConfiguration(dataDirectory: "\(folder.path)/broker")
        configuration.listen = SocketAddress(host: "127.0.0.1", port: 0)
        configuration.log = { [said] in said.add($0) }
        change(&configuration)
        broker = try Broker(configuration)
        try broker.start()
    }

    deinit { try? broker.stop() }
}

/// What was said, from any thread.
final class Words: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
