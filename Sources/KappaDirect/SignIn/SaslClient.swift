import KappaCore
import KappaNetwork

/// The client's side of a sign-in: a pure machine, whose messages somebody else carries.
package enum SaslClient {
    /// Nothing more is said; the broker's answer is all there is to hear.
    case said
    case scram(Scram)
    case scramProven(Scram, serverSignature: [UInt8])
    case bearer

    package enum Problem: Error, Equatable {
        /// The other side does not know what only it and we can know.
        case falseServer
        case malformed(String)
        /// In the mechanism's own words.
        case refused(String)
    }

    /// What is said first.
    package static func begin(
        _ mechanism: SaslMechanism, user: String, password: String, token: String = "", nonce: String? = nil
    ) -> (SaslClient, [UInt8]) {
        switch mechanism {
        case .plain: return (.said, [0] + Array(user.utf8) + [0] + Array(password.utf8))
        case .oauthBearer:
            // RFC 7628: a header of the other mechanism's, then the token between ones.
            return (.bearer, Array("n,,\u{1}auth=Bearer \(token)\u{1}\u{1}".utf8))
        case .scramSHA256, .scramSHA512:
            let hash: HashFunction = mechanism == .scramSHA256 ? .sha256 : .sha512
            let scram = Scram(
                hash: hash, user: user, password: password, nonce: nonce ?? Base64.text(Digest.random(24)))
            return (.scram(scram), scram.first)
        }
    }

    /// Takes what the broker said; what is to be answered, or nil when it is over.
    package mutating func hear(_ message: [UInt8]) throws(Problem) -> [UInt8]? {
        switch self {
        case .said: return nil
        case .bearer:
            // Kafka says why as JSON in a successful answer, and waits for a byte to end it.
            guard !message.isEmpty else { return nil }
            throw .refused(String(decoding: message, as: UTF8.self))
        case .scram(let scram):
            let (answer, signature) = try scram.prove(message)
            self = .scramProven(scram, serverSignature: signature)
            return answer
        case .scramProven(_, let signature):
            let text = String(decoding: message, as: UTF8.self)
            if text.hasPrefix("e=") { throw .refused(String(text.dropFirst(2))) }
            guard text.hasPrefix("v="), let said = Base64.read(String(text.dropFirst(2).prefix { $0 != "," })) else {
                throw .malformed("the broker's last word is no signature")
            }
            guard Digest.areEqual(said, signature) else { throw .falseServer }
            self = .said
            return nil
        }
    }

    /// Whether an end of the exchange here is a good one: a server that never proved itself is none.
    package var isOver: Bool {
        switch self {
        case .said, .bearer: true
        case .scram, .scramProven: false
        }
    }
}

package enum SaslMechanism: String, Sendable, CaseIterable {
    case plain = "PLAIN"
    case scramSHA256 = "SCRAM-SHA-256"
    case scramSHA512 = "SCRAM-SHA-512"
    case oauthBearer = "OAUTHBEARER"
}

/// RFC 5802, without channel binding.
package struct Scram: Sendable {
    let hash: HashFunction
    private let password: String
    private let bare: String
    private let nonce: String

    /// Kafka's own least; a server that asks for fewer makes the password cheap to guess.
    private static let fewestIterations = 4096
    private static let mostIterations = 10_000_000

    init(hash: HashFunction, user: String, password: String, nonce: String) {
        self.hash = hash
        self.password = password
        self.nonce = nonce
        let name = user.reduce(into: "") { $0 += $1 == "," ? "=2C" : $1 == "=" ? "=3D" : String($1) }
        bare = "n=\(name),r=\(nonce)"
    }

    var first: [UInt8] { Array("n,,\(bare)".utf8) }

    func prove(_ message: [UInt8]) throws(SaslClient.Problem) -> (answer: [UInt8], serverSignature: [UInt8]) {
        let serverFirst = String(decoding: message, as: UTF8.self)
        let fields = serverFirst.split(separator: ",", omittingEmptySubsequences: false)
        if fields.first?.hasPrefix("e=") == true { throw .refused(String(fields[0].dropFirst(2))) }
        guard fields.count >= 3, fields[0].hasPrefix("r="), fields[1].hasPrefix("s="), fields[2].hasPrefix("i="),
            let salt = Base64.read(String(fields[1].dropFirst(2))), let iterations = Int(fields[2].dropFirst(2))
        else { throw .malformed("the broker's first word is no SCRAM challenge") }
        // The server's part stands behind ours, once.
        let whole = String(fields[0].dropFirst(2))
        guard whole.hasPrefix(nonce), whole.utf8.count > nonce.utf8.count else { throw .falseServer }
        guard (Scram.fewestIterations...Scram.mostIterations).contains(iterations) else {
            throw .malformed("the broker asks for \(iterations) iterations")
        }
        // `biws` is the header `n,,`.
        let withoutProof = "c=biws,r=\(whole)"
        let signed = Array("\(bare),\(serverFirst),\(withoutProof)".utf8)
        let salted = hash.salted(Array(password.utf8), salt: salt, iterations: iterations)
        let clientKey = hash.hmac(key: salted, Array("Client Key".utf8))
        let signature = hash.hmac(key: hash.hash(clientKey), signed)
        let proof = zip(clientKey, signature).map { $0 ^ $1 }
        let serverKey = hash.hmac(key: salted, Array("Server Key".utf8))
        return (Array("\(withoutProof),p=\(Base64.text(proof))".utf8), hash.hmac(key: serverKey, signed))
    }
}
