import KappaCore
import KappaNetwork

/// The broker's side of one authentication: what the client says goes in, what to answer comes out.
enum SaslExchange {
    case plain
    case scram(ScramMechanism)
    case scramAwaitingProof(ScramFirst)

    enum Step {
        case next(SaslExchange, answer: [UInt8])
        case done(user: String, answer: [UInt8])
        case refused
    }

    static let mechanisms = ["PLAIN"] + ScramMechanism.allCases.map(\.name)

    init?(mechanism: String) {
        if mechanism == "PLAIN" {
            self = .plain
        } else if let known = ScramMechanism.allCases.first(where: { $0.name == mechanism }) {
            self = .scram(known)
        } else {
            return nil
        }
    }

    func step(_ message: [UInt8], _ accounts: Accounts) -> Step {
        switch self {
        case .plain: SaslExchange.plain(message, accounts)
        case .scram(let mechanism):
            ScramFirst.begin(message, mechanism, accounts).map { .next(.scramAwaitingProof($0), answer: $0.answer) }
                ?? .refused
        case .scramAwaitingProof(let first): first.finish(message)
        }
    }

    /// RFC 4616: whom to act for, who it is, and the password, with zero bytes between.
    private static func plain(_ message: [UInt8], _ accounts: Accounts) -> Step {
        let parts = message.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard parts.count == 3, parts[0].isEmpty || parts[0] == parts[1],
            accounts.accepts(parts[1], password: parts[2])
        else { return .refused }
        return .done(user: parts[1], answer: [])
    }
}

/// The first half of a SCRAM exchange (RFC 5802): the client has said who it is, and the broker what to prove it with.
struct ScramFirst {
    private let user: String
    private let mechanism: ScramMechanism
    private let credential: ScramCredential
    private let clientFirst: String
    private let serverFirst: String
    private let nonce: String

    var answer: [UInt8] { Array(serverFirst.utf8) }

    static func begin(
        _ message: [UInt8], _ mechanism: ScramMechanism, _ accounts: Accounts, nonce serverNonce: String? = nil
    ) -> ScramFirst? {
        let text = String(decoding: message, as: UTF8.self)
        // No channel binding is offered, so the header is `n,,` or `y,,`.
        guard text.hasPrefix("n,,") || text.hasPrefix("y,,") else { return nil }
        let bare = String(text.dropFirst(3))
        let fields = bare.split(separator: ",")
        guard fields.count >= 2, fields[0].hasPrefix("n="), fields[1].hasPrefix("r=") else { return nil }
        let user = unescaped(fields[0].dropFirst(2))
        let credential = accounts.credential(user, mechanism)
        let nonce = String(fields[1].dropFirst(2)) + (serverNonce ?? Base64.text(Digest.random(18)))
        let first = "r=\(nonce),s=\(Base64.text(credential.salt)),i=\(credential.iterations)"
        return ScramFirst(
            user: user, mechanism: mechanism, credential: credential, clientFirst: bare, serverFirst: first,
            nonce: nonce)
    }

    /// `=2C` and `=3D` stand for the comma and the equals sign in names.
    private static func unescaped(_ name: Substring) -> String {
        var result = ""
        var rest = name
        while let sign = rest.firstIndex(of: "=") {
            result += rest[..<sign]
            let code = rest[sign...].prefix(3)
            result += code == "=2C" ? "," : code == "=3D" ? "=" : String(code)
            rest = rest[sign...].dropFirst(3)
        }
        return result + rest
    }

    func finish(_ message: [UInt8]) -> SaslExchange.Step {
        let text = String(decoding: message, as: UTF8.self)
        guard let cut = text.firstRange(of: ",p=")?.lowerBound else { return .refused }
        let withoutProof = String(text[..<cut])
        let fields = withoutProof.split(separator: ",")
        // Older librdkafkas put their own nonce before the whole one again; Kafka looks at the end only, and so must
        // we. `biws` is the header `n,,`, and `eSws` is `y,,`.
        guard fields.count >= 2, fields[0] == "c=biws" || fields[0] == "c=eSws", fields[1].hasPrefix("r="),
            fields[1].hasSuffix(nonce),
            let proof = Base64.read(String(text[cut...].dropFirst(3))), proof.count == mechanism.hash.size
        else { return .refused }
        let signed = Array("\(clientFirst),\(serverFirst),\(withoutProof)".utf8)
        let signature = mechanism.hash.hmac(key: credential.storedKey, signed)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        guard Digest.areEqual(mechanism.hash.hash(clientKey), credential.storedKey) else { return .refused }
        let server = mechanism.hash.hmac(key: credential.serverKey, signed)
        return .done(user: user, answer: Array("v=\(Base64.text(server))".utf8))
    }
}
