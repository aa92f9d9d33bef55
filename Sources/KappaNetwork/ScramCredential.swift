/// The ways of SCRAM to prove who one is, by the numbers of Kafka's protocol.
package enum ScramMechanism: Int8, CaseIterable, Sendable {
    case sha256 = 1
    case sha512 = 2

    package var name: String {
        switch self {
        case .sha256: "SCRAM-SHA-256"
        case .sha512: "SCRAM-SHA-512"
        }
    }

    package var hash: HashFunction {
        switch self {
        case .sha256: .sha256
        case .sha512: .sha512
        }
    }

    /// Fewer rounds make it easy to try passwords; more, which Kafka does not take either, only burden clients.
    package static let iterations = 4096...16_384
}

/// What a server has to know of a password for SCRAM (RFC 5802): nobody can sign in with it alone.
package struct ScramCredential: Sendable, Equatable {
    package var salt: [UInt8]
    package var iterations: Int
    package var storedKey: [UInt8]
    package var serverKey: [UInt8]

    package init(salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        (self.salt, self.iterations, self.storedKey, self.serverKey) = (salt, iterations, storedKey, serverKey)
    }

    /// From the password after all rounds.
    package init(salted: [UInt8], salt: [UInt8], iterations: Int, _ mechanism: ScramMechanism) {
        let hash = mechanism.hash
        self.init(
            salt: salt, iterations: iterations,
            storedKey: hash.hash(hash.hmac(key: salted, Array("Client Key".utf8))),
            serverKey: hash.hmac(key: salted, Array("Server Key".utf8)))
    }

    package init(
        password: String, _ mechanism: ScramMechanism = .sha256, salt: [UInt8] = Digest.random(16),
        iterations: Int = ScramMechanism.iterations.lowerBound
    ) {
        let salted = mechanism.hash.salted(Array(password.utf8), salt: salt, iterations: iterations)
        self.init(salted: salted, salt: salt, iterations: iterations, mechanism)
    }

    /// One that no password fits. Its salt is always the same for a name, as that of a known user is, and nobody can
    /// tell it from one of those.
    package static func ofNobody(_ name: String, _ mechanism: ScramMechanism) -> ScramCredential {
        let size = mechanism.hash.size
        return ScramCredential(
            salt: Array(Digest.hmac(key: secret, Array(name.utf8)).prefix(16)),
            iterations: ScramMechanism.iterations.lowerBound, storedKey: Digest.random(size),
            serverKey: Digest.random(size))
    }

    private static let secret = Digest.random(32)
}
