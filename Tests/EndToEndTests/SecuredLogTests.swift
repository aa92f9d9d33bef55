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

    @Test(.enabled(if: Kappa.find("openssl") != nil, "openssl is not installed"))
    func aBrokerWithTLSIsReachedOrTheReasonIsSaid() async throws {
        let folder = try TemporaryDirectory()
        let (certificate, key) = ("\(folder.path)/c.pem", "\(folder.path)/k.pem")
        let made = try ChildProcess(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                "-days",
                "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            ], environment: ["PATH": "/usr/bin:/bin"], directory: folder.path)
        #expect(try await made.finish().status == 0)
        let broker = try await BrokerProcess.start(["--tls-cert", certificate, "--tls-key", key], folder: folder)
        let list = ["topics", "list", "-b", broker.address, "--timeout"]
        let tls = ["-X", "security.protocol=SSL"]
        #expect(try await Kappa.run(list + ["5s"] + tls + ["-X", "ssl.ca.location=\(certificate)"]).status == 0)

        let plain = try await Kappa.run(list + ["1s"])
        #expect(plain.status == 3)
        #expect(plain.errors.contains("closes them without an answer\ncheck security.protocol"), "\(plain.errors)")
        let unknown = try await Kappa.run(list + ["1s"] + tls)
        #expect(unknown.status == 3)
        #expect(
            unknown.errors.contains("certificate verify failed") && unknown.errors.contains("\ncheck security.protocol")
        )
        let missing = try await Kappa.run(list + ["1s"] + tls + ["-X", "ssl.ca.location=/no/such/file"])
        #expect(missing.status == 2 && missing.errors.contains("(/no/such/file)"), "\(missing.errors)")
        try await broker.stop()
    }

    @Test func tlsAgainstAPlainBrokerIsSaid() async throws {
        let broker = try await BrokerProcess.start()
        let result = try await Kappa.run(
            "topics", "list", "-b", broker.address, "-X", "security.protocol=SSL", "--timeout", "1s")
        #expect(result.status == 3)
        #expect(result.errors.contains("TLS"), "\(result.errors)")
    }
}
