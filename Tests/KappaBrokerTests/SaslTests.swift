import Glibc
import KappaCore
import KappaNetwork
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaBroker

/// Clients that have to prove who they are.
@Suite struct SaslTests {
    /// The exchange printed in RFC 7677, section 3: user "user", password "pencil".
    @Test func scramGivesTheAnswersOfTheStandard() throws {
        let verifier = Users.Verifier(
            password: "pencil", salt: try #require(base64("W22ZaJ0SNY7soEsUEjb6gQ==")), iterations: 4096)
        let accounts = Accounts(users: Users(verifiers: ["user": verifier]))
        let begun = ScramFirst.begin(
            Array("n,,n=user,r=rOprNGfwEbeRWgbNEkqO".utf8), .sha256, accounts, nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
        let first = try #require(begun)
        #expect(
            String(decoding: first.answer, as: UTF8.self)
                == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        let final =
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        guard case .done("user", let answer) = first.finish(Array(final.utf8)) else {
            Issue.record("the proof was refused")
            return
        }
        #expect(String(decoding: answer, as: UTF8.self) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        guard case .refused = first.finish(Array(final.replacing("dHzb", with: "dHzc").utf8)) else {
            Issue.record("a wrong proof was taken")
            return
        }
    }

    private func base64(_ text: String) -> [UInt8]? { Base64.read(text) }

    @Test func nothingIsServedBeforeTheProof() throws {
        let served = try serve()
        let client = try RawClient(port: served.broker.port)
        #expect(
            try client.ask(ApiVersionsRequest(), version: 3).apiKeys.contains {
                $0.apiKey == ApiKey.saslHandshake.rawValue
            })
        #expect(throws: RawClient.Closed.self) {
            try client.ask(MetadataRequest { $0.topics = nil }, version: 9)
        }
    }

    @Test func plainPasswordOpensTheDoor() throws {
        let served = try serve()
        #expect(try login(served, "ann", "secret") == .noError)
        #expect(try login(served, "ann", "wrong") == .saslAuthenticationFailed)
        #expect(try login(served, "bob", "secret") == .saslAuthenticationFailed)
    }

    /// KIP-368: for how long a proof holds is said with it, another may follow on the same connection, and who goes on
    /// without one is let go.
    @Test(.timeLimit(.minutes(1)))
    func proofThatHasRunOutEndsTheConnection() throws {
        let served = try serve { $0.reauthenticationMilliseconds = 1500 }
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(SaslHandshakeRequest { $0.mechanism = "PLAIN" }, version: 1)
        let proof = SaslAuthenticateRequest { $0.authBytes = Array("\0ann\0secret".utf8) }
        #expect(try client.ask(proof, version: 2).sessionLifetimeMs == 1500)
        usleep(1_600_000)
        #expect(try login(served, "ann", "secret", client) == .noError)
        usleep(1_600_000)
        #expect(throws: RawClient.Closed.self) { try client.ask(MetadataRequest { $0.topics = nil }, version: 9) }
        #expect(served.words.contains("Metadata came after the sign-in had run out"))
    }

    @Test func connectionDoesNotChangeHands() throws {
        let served = try serve()
        let client = try RawClient(port: served.broker.port)
        #expect(try login(served, "ann", "secret", client) == .noError)
        #expect(try login(served, "eve", "sesame", client) == .saslAuthenticationFailed)
        #expect(client.outcome(within: 20_000) == .closed)
    }

    @Test func usersAreDescribed() throws {
        let served = try serve()
        let client = try RawClient(port: served.broker.port)
        #expect(try login(served, "ann", "secret", client) == .noError)
        let all = try client.ask(DescribeUserScramCredentialsRequest(), version: 0).results
        let ann = try #require(all.first { $0.user == "ann" })
        #expect(
            ann.credentialInfos.map(\.mechanism) == [1, 2] && ann.credentialInfos.map(\.iterations) == [4096, 4096])
        let named = DescribeUserScramCredentialsRequest { $0.users = [.init { $0.name = "nobody" }] }
        #expect(try client.ask(named, version: 0).results.map(\.errorCode) == [.resourceNotFound])
    }

    private func login(
        _ served: ServedBroker, _ name: String, _ password: String, _ client: RawClient? = nil
    ) throws -> ErrorCode {
        let client = try client ?? RawClient(port: served.broker.port)
        _ = try client.ask(SaslHandshakeRequest { $0.mechanism = "PLAIN" }, version: 1)
        let token = [0] + Array(name.utf8) + [0] + Array(password.utf8)
        let answer = try client.ask(SaslAuthenticateRequest { $0.authBytes = token }, version: 2)
        if answer.errorCode == .noError {
            _ = try client.ask(MetadataRequest { $0.topics = nil }, version: 9)
        }
        return answer.errorCode
    }

    @Test(
        .enabled(if: Clients.kcat != nil, "kcat is not installed"), .timeLimit(.minutes(1)),
        arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    func librdkafkaProvesWhoItIs(mechanism: String) async throws {
        let served = try serve()
        let child = try ChildProcess(
            [
                Clients.kcat!, "-b", served.broker.address.description, "-L", "-X",
                "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=\(mechanism)", "-X", "sasl.username=ann",
                "-X", "sasl.password=secret",
            ], environment: [:], directory: served.folder.path)
        let result = try await child.finish()
        #expect(result.status == 0 && result.output.contains("broker 1 at"), "\(result.output)\(result.errors)")
    }

    private func serve(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws -> ServedBroker {
        let folder = try TemporaryDirectory()
        let file = try folder.write("users", "# who may\nann:secret\neve:sesame\n")
        chmod(file, 0o600)
        return try ServedBroker {
            $0.usersFile = file
            change(&$0)
        }
    }
}
