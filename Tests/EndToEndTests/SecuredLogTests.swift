import Glibc
import KappaTestSupport
import Testing

/// A broker with passwords: what the log's commands say when they are wrong, and that they never repeat them.
@Suite struct SecuredLogTests {
    static func start() async throws -> BrokerProcess {
        let folder = try TemporaryDirectory()
        let users = try folder.write("users", "site:hunter2-secret\n")
        chmod(users, 0o600)
        return try await BrokerProcess.start(["--users", users], folder: folder)
    }

    static func properties(password: String, in folder: TemporaryDirectory) throws -> String {
        try folder.write(
            "client-\(password).properties",
            """
            security.protocol=SASL_PLAINTEXT
            sasl.mechanism=PLAIN
            sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="site" \
            password="\(password)";

            """)
    }

    @Test func theRightPasswordWorksAndAWrongOneIsNamedButNotRepeated() async throws {
        let broker = try await Self.start()
        let environment = ["KAPPA_BROKERS": broker.address]
        let right = try Self.properties(password: "hunter2-secret", in: broker.folder)
        let made = try await Kappa.run("topics", "create", "t", "-F", right, environment: environment)
        #expect(made.status == 0, "\(made.errors)")
        let wrong = try Self.properties(password: "wrong-secret", in: broker.folder)
        let refused = try await Kappa.run(
            "topics", "list", "-F", wrong, "--timeout", "2s", environment: environment)
        #expect(refused.status == 3)
        #expect(refused.errors.lowercased().contains("authentication"))
        #expect(!refused.errors.contains("wrong-secret"))
        let none = try await Kappa.run("topics", "list", "--timeout", "1s", environment: environment)
        #expect(none.status == 3)
        #expect(none.errors.contains(broker.address))
    }

    @Test func tlsAgainstAPlainBrokerIsSaid() async throws {
        let broker = try await BrokerProcess.start()
        let result = try await Kappa.run(
            "topics", "list", "-b", broker.address, "-X", "security.protocol=SSL", "--timeout", "1s")
        #expect(result.status == 3)
        #expect(result.errors.contains("SSL"))
    }
}
