import KappaCore
import Testing

@testable import KappaDirect

/// The client's half of a sign-in, by the examples of the standards.
@Suite struct SaslClientTests {
    /// RFC 7677, section 3.
    @Test func scramSpeaksAsInTheStandard() throws {
        var (client, first) = SaslClient.begin(
            .scramSHA256, user: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO")
        #expect(text(first) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        let challenge =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        let proof = try client.hear(Array(challenge.utf8))
        #expect(
            proof.map(text)
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        #expect(!client.isOver)
        #expect(try client.hear(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8)) == nil)
        #expect(client.isOver)
    }

    @Test func aServerThatDoesNotKnowThePasswordIsFoundOut() throws {
        var (client, _) = SaslClient.begin(.scramSHA512, user: "user", password: "pencil", nonce: "abc")
        _ = try client.hear(Array("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8))
        #expect(throws: SaslClient.Problem.falseServer) {
            try client.hear(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
        }
    }

    @Test(arguments: [
        "", "x", "r=abc,s=W22Z,i=4096", "r=xyzdef,s=W22Z,i=4096", "r=abcdef,s=W22Z,i=1", "r=abcdef,s=!,i=4096",
        "r=abcdef,s=W22Z,i=99999999999", "e=unknown-user",
    ])
    func aFalseChallengeIsRefused(_ challenge: String) throws {
        var (client, _) = SaslClient.begin(.scramSHA256, user: "user", password: "pencil", nonce: "abc")
        #expect(throws: SaslClient.Problem.self) { try client.hear(Array(challenge.utf8)) }
    }

    @Test func namesAreWrittenAsTheStandardsWant() {
        let (_, scram) = SaslClient.begin(.scramSHA256, user: "a,b=c", password: "", nonce: "n")
        #expect(text(scram) == "n,,n=a=2Cb=3Dc,r=n")
        let (_, plain) = SaslClient.begin(.plain, user: "site", password: "secret")
        #expect(plain == [0] + Array("site".utf8) + [0] + Array("secret".utf8))
        let (_, bearer) = SaslClient.begin(.oauthBearer, user: "", password: "", token: "t.o.k")
        #expect(text(bearer) == "n,,\u{1}auth=Bearer t.o.k\u{1}\u{1}")
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
