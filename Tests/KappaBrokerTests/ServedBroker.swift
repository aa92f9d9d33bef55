import KappaBroker
import KappaTestSupport
import Synchronization

/// A broker that ends with the test.
final class ServedBroker {
    let folder: TemporaryDirectory
    let broker: Broker
    /// What the broker said; shown where a test fails.
    var words: String { said.words.withLock { $0.joined(separator: "\n") } }
    private let said = Said()

    private final class Said: Sendable {
        let words = Mutex<[String]>([])
    }

    init(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws {
        folder = try TemporaryDirectory()
        var configuration = BrokerConfiguration(dataDirectory: "\(folder.path)/broker")
        configuration.listen = SocketAddress(host: "127.0.0.1", port: 0)
        configuration.log = { [said] line in said.words.withLock { $0.append(line) } }
        change(&configuration)
        broker = try Broker(configuration)
        try broker.start()
    }

    deinit { try? broker.stop() }
}
