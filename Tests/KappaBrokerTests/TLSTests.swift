import Glibc
import KappaBroker
import KappaTestSupport
import Testing

/// Clients that connect with TLS, with and without a password.
@Suite struct TLSTests {
    @Test(
        .enabled(if: Clients.kcat != nil && Clients.openssl != nil, "kcat or openssl is not installed"),
        .timeLimit(.minutes(1)), arguments: [false, true])
    func kcatReadsBackWhatItWroteThroughTLS(withPassword: Bool) async throws {
        let folder = try TemporaryDirectory()
        let (certificate, key) = ("\(folder.path)/cert.pem", "\(folder.path)/key.pem")
        _ = try Subprogram.output(
            of: Clients.openssl!,
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ])
        let users = try folder.write("users", "ann:secret\n")
        chmod(users, 0o600)
        let served = try ServedBroker {
            $0.certificateFile = certificate
            $0.keyFile = key
            $0.usersFile = withPassword ? users : nil
        }
        var words = [
            Clients.kcat!, "-b", served.broker.address.description, "-X", "ssl.ca.location=\(certificate)", "-X",
            "security.protocol=\(withPassword ? "SASL_SSL" : "SSL")",
        ]
        if withPassword {
            words += [
                "-X", "sasl.mechanisms=SCRAM-SHA-256", "-X", "sasl.username=ann", "-X", "sasl.password=secret",
            ]
        }
        let lines = (0..<20_000).map { "line \($0)" }.joined(separator: "\n") + "\n"
        let written = try await run(words + ["-P", "-t", "lines"], stdin: lines, served)
        #expect(written.status == 0, "\(written.errors)")
        let read = try await run(words + ["-C", "-t", "lines", "-e", "-q"], stdin: "", served)
        #expect(read.output == lines, "\(read.errors)")
    }

    private func run(
        _ words: [String], stdin: String, _ served: ServedBroker
    ) async throws -> ChildProcess.Result {
        let child = try ChildProcess(words, environment: [:], directory: served.folder.path)
        return try await child.finish(stdin: stdin)
    }
}
