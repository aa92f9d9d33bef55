import Glibc
import KappaTestSupport
import Testing

/// Signing in with certificates and passwords, and what is said where it fails.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Kappa.find("openssl") != nil, "openssl is not installed"))
struct SignInTests {
    /// A certificate for an address, signed by itself, and its key.
    static func certificate(
        _ folder: TemporaryDirectory, name: String = "server", host: String = "IP:127.0.0.1", days: String = "2"
    ) async throws -> (certificate: String, key: String) {
        let (certificate, key) = ("\(folder.path)/\(name).pem", "\(folder.path)/\(name).key")
        let made = try ChildProcess(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                "-days", days, "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(host)",
            ], environment: ["PATH": "/usr/bin:/bin"], directory: folder.path)
        #expect(try await made.finish().status == 0)
        return (certificate, key)
    }

    static func secured(_ folder: TemporaryDirectory) async throws -> (BrokerProcess, authority: String) {
        let users = try folder.write("users", "site:hunter2-secret\n")
        chmod(users, 0o600)
        let (certificate, key) = try await certificate(folder)
        let broker = try await BrokerProcess.start(
            ["--users", users, "--tls-cert", certificate, "--tls-key", key], folder: folder)
        return (broker, certificate)
    }

    static func words(_ mechanism: String, _ authority: String, password: String = "hunter2-secret") -> [String] {
        [
            "-X", "security.protocol=sasl_ssl", "-X", "sasl.mechanisms=\(mechanism)", "-X", "sasl.username=site", "-X",
            "sasl.password=env:SITE_PASSWORD", "-X", "ssl.ca.location=\(authority)",
        ]
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256"])
    func everythingWorksSignedInAndTheJobFetchesItself(_ mechanism: String) async throws {
        let folder = try TemporaryDirectory()
        let (broker, authority) = try await Self.secured(folder)
        let secret = ["SITE_PASSWORD": "hunter2-secret"]
        let connection = ["-b", broker.address] + Self.words(mechanism, authority)
        func run(_ words: [String], stdin: String = "") async throws -> ChildProcess.Result {
            let result = try await Kappa.run(
                words + connection, stdin: stdin, environment: secret, timeout: .seconds(60))
            #expect(result.status == 0, "\(words): \(result.errors)")
            #expect(!result.errors.contains("hunter2"))
            return result
        }
        _ = try await run(["topics", "create", "monitoring", "-p", "3"])
        let readings = try await Kappa.run("simulate", "--count", "500", "--seed", "2").output
        _ = try await run(["produce", "monitoring", "--key", "borehole_number"], stdin: readings)
        let job = try await run(["process", "--window", "10s", "--drain", "-v"])
        #expect(job.errors.contains("fetched by the job itself, written by the job itself"), "\(job.errors)")
        #expect(try await run(["consume", "monitoring", "-g", "reader", "-e"]).lines.count == 500)
        #expect(try await run(["groups", "describe", "reader"]).output.contains("monitoring"))
        let stored = try await run(["sink", "sqlite", "--store", "sqlite:\(folder.path)/v.db", "--drain"])
        #expect(stored.errors.contains("stored"))
        try await broker.stop()
    }

    @Test func eachFailureHasItsOwnWordsAtOnce() async throws {
        let folder = try TemporaryDirectory()
        let (broker, authority) = try await Self.secured(folder)
        let other = try await Self.certificate(folder, name: "other")
        let cases: [(words: [String], password: String, said: String)] = [
            (Self.words("SCRAM-SHA-256", authority), "wrong-secret", "refuses the sign-in of 'site'"),
            (Self.words("PLAIN", authority), "wrong-secret", "refuses the sign-in of 'site'"),
            (Self.words("SCRAM-SHA-512", authority), "wrong-secret", "refuses the sign-in of 'site'"),
            (Self.words("PLAIN", other.certificate), "hunter2-secret", "not signed by an authority in"),
        ]
        for (words, password, said) in cases {
            for command in [["topics", "list"], ["groups", "list"]] {
                let (result, seconds) = try await Self.timed(command + ["-b", broker.address] + words, password)
                #expect(result.status == 3)
                #expect(result.errors.contains(said), "\(result.errors)")
                #expect(!result.errors.contains("is it running"), "\(result.errors)")
                #expect(!result.errors.contains(password))
                #expect(seconds < 3)
            }
        }
        try await broker.stop()
    }

    @Test func aCertificateForAnotherHostOrOfThePastIsNamedAsThat() async throws {
        let folder = try TemporaryDirectory()
        let foreign = try await Self.certificate(folder, name: "foreign", host: "DNS:elsewhere.example")
        let broker = try await BrokerProcess.start(
            ["--tls-cert", foreign.certificate, "--tls-key", foreign.key], folder: folder)
        let words = ["topics", "list", "-b", broker.address, "-X", "security.protocol=ssl", "-X"]
        let named = try await Kappa.run(words + ["ssl.ca.location=\(foreign.certificate)"])
        #expect(named.status == 3 && named.errors.contains("for another host than '127.0.0.1'"), "\(named.errors)")
        let looked = try await Kappa.run(
            words + ["ssl.ca.location=\(foreign.certificate)", "-X", "ssl.endpoint.identification.algorithm=none"])
        #expect(looked.status == 0, "\(looked.errors)")
        try await broker.stop()
    }

    private static func timed(
        _ words: [String], _ password: String
    ) async throws -> (ChildProcess.Result, seconds: Double) {
        let began = ContinuousClock.now
        let result = try await Kappa.run(words, environment: ["SITE_PASSWORD": password])
        let taken = began.duration(to: .now).components
        return (result, Double(taken.seconds) + Double(taken.attoseconds) / 1e18)
    }
}
