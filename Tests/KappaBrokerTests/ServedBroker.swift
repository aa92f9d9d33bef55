import KappaBroker
import KappaTestSupport

/// A broker that ends with the test.
final class ServedBroker {
    let folder: TemporaryDirectory
    let broker: Broker

    init(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws {
        folder = try TemporaryDirectory()
        var configuration = BrokerConfiguration(dataDirectory: "\(folder.path)/broker")
        configuration.listen = SocketAddress(host: "127.0.0.1", port: 0)
        change(&configuration)
        broker = try Broker(configuration)
        try broker.start()
    }

    deinit { try? broker.stop() }
}
