import Glibc
import KappaNetwork
import KappaTestSupport
import Testing

@testable import KappaBroker

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

    @Test(.enabled(if: Clients.openssl != nil, "openssl is not installed"))
    func aCertificateOrKeyOfNoUseIsNamedWithTheReason() throws {
        let folder = try TemporaryDirectory()
        var pairs: [(certificate: String, key: String)] = []
        for name in ["one", "two"] {
            let (certificate, key) = ("\(folder.path)/\(name).pem", "\(folder.path)/\(name)-key.pem")
            _ = try Subprogram.output(
                of: Clients.openssl!,
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", key, "-out",
                    certificate,
                ])
            pairs.append((certificate, key))
        }
        func problem(_ certificate: String, _ key: String) -> String {
            do {
                _ = try TLSContext(certificate: certificate, key: key)
                return ""
            } catch {
                return error.message
            }
        }
        let text = try folder.write("text", "no certificate\n")
        chmod(text, 0o644)
        #expect(problem(pairs[0].certificate, text) == "the key \(text) can be read by others")
        chmod(text, 0o600)
        #expect(problem(pairs[0].certificate, pairs[0].key) == "")
        #expect(problem("\(folder.path)/none", text).hasSuffix("/none: No such file or directory"))
        #expect(problem(text, text).hasPrefix("\(text) holds no certificate in PEM"))
        #expect(problem(pairs[0].certificate, text).hasPrefix("\(text) holds no key in PEM that fits"))
        #expect(problem(pairs[0].certificate, pairs[1].key).hasPrefix("\(pairs[1].key) holds no key in PEM that fits"))
        #expect(problem(pairs[0].certificate, "\(folder.path)/gone").hasSuffix("/gone: No such file or directory"))
    }

    /// No exchange of keys without forward secrecy, and no cipher that does not authenticate what it enciphers.
    @Test(
        .enabled(if: Clients.openssl != nil, "openssl is not installed"), .timeLimit(.minutes(1)),
        arguments: [
            ("ECDHE-RSA-AES128-GCM-SHA256", true), ("AES128-SHA", false), ("AES128-GCM-SHA256", false),
            ("ECDHE-RSA-AES128-SHA256", false),
        ])
    func oldCiphersAreRefused(_ cipher: String, _ isTaken: Bool) async throws {
        let folder = try TemporaryDirectory()
        let (certificate, key) = ("\(folder.path)/cert.pem", "\(folder.path)/key.pem")
        _ = try Subprogram.output(
            of: Clients.openssl!,
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", key, "-out",
                certificate,
            ])
        let served = try ServedBroker {
            $0.certificateFile = certificate
            $0.keyFile = key
        }
        let words = [
            Clients.openssl!, "s_client", "-connect", served.broker.address.description, "-tls1_2", "-cipher", cipher,
        ]
        let result = try await run(words, stdin: "", served)
        #expect((result.status == 0) == isTaken, "\(result.output)\(result.errors)")
    }

    private func run(
        _ words: [String], stdin: String, _ served: ServedBroker
    ) async throws -> ChildProcess.Result {
        let child = try ChildProcess(words, environment: [:], directory: served.folder.path)
        return try await child.finish(stdin: stdin)
    }
}
