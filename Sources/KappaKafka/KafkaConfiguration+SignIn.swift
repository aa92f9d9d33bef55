import CRdKafka
package import KappaDirect
import KappaNetwork
import Synchronization

/// The sign-in that the properties ask for, in librdkafka's words.
extension KafkaConfiguration {
    /// Nil where nothing is to be proven, or where only librdkafka knows how (GSSAPI, a token's endpoint): then all
    /// goes through it.
    package func signIn() throws(KafkaError) -> SignIn? { try readSignIn() }

    /// Contexts of TLS are dear to make (a system has some hundred authorities), and are the same for all connections.
    private static let contexts = Mutex<[TLSClientSettings: TLSClient]>([:])

    private var isEncrypted: Bool { ["ssl", "sasl_ssl"].contains(security) }
    private var isAuthenticated: Bool { ["sasl_plaintext", "sasl_ssl"].contains(security) }
    private var security: String { value(of: "security.protocol")?.lowercased() ?? "plaintext" }

    /// Whether kappa signs in itself, if anybody has to.
    var signsInItself: Bool {
        guard isAuthenticated else { return ["plaintext", "ssl"].contains(security) && !hasForeignEngine }
        return mechanism != nil && !hasForeignEngine
    }

    private var hasForeignEngine: Bool { properties.contains { $0.key.hasPrefix("ssl.engine.") } }

    private var mechanism: SaslMechanism? {
        let named = value(of: "sasl.mechanisms") ?? value(of: "sasl.mechanism") ?? "GSSAPI"
        guard let mechanism = SaslMechanism(rawValue: named.uppercased()) else { return nil }
        guard mechanism == .oauthBearer else { return mechanism }
        return tokenFile == nil ? nil : mechanism
    }

    private var tokenFile: String? {
        let place = value(of: "sasl.oauthbearer.token.endpoint.url") ?? ""
        return place.hasPrefix("file://") ? String(place.dropFirst("file://".count)) : nil
    }

    private func readSignIn() throws(KafkaError) -> SignIn? {
        guard security != "plaintext", signsInItself else { return nil }
        return SignIn(
            tls: isEncrypted ? try tls() : nil, mechanism: isAuthenticated ? mechanism : nil,
            user: value(of: "sasl.username") ?? "", password: value(of: "sasl.password") ?? "", tokenFile: tokenFile)
    }

    private func tls() throws(KafkaError) -> TLSClient {
        var settings = TLSClientSettings()
        settings.authorities = value(of: "ssl.ca.location")
        settings.authoritiesPEM = value(of: "ssl.ca.pem")
        settings.certificate = value(of: "ssl.certificate.location")
        settings.certificatePEM = value(of: "ssl.certificate.pem")
        settings.key = value(of: "ssl.key.location")
        settings.keyPEM = value(of: "ssl.key.pem")
        settings.keyPassword = value(of: "ssl.key.password")
        settings.keyStore = value(of: "ssl.keystore.location")
        settings.keyStorePassword = value(of: "ssl.keystore.password")
        settings.verifiesServer = value(of: "enable.ssl.certificate.verification") != "false"
        // Kafka's own clients compare the name unless they are told not to; so does this one.
        settings.verifiesHost = value(of: "ssl.endpoint.identification.algorithm")?.lowercased() != "none"
        settings.ciphers = value(of: "ssl.cipher.suites")
        if let known = KafkaConfiguration.contexts.withLock({ $0[settings] }) { return known }
        do throws(NetworkError) {
            let made = try TLSClient(settings)
            KafkaConfiguration.contexts.withLock { $0[settings] = made }
            return made
        } catch {
            throw KafkaError(
                code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue, kind: error.kind,
                message: "the Kafka client refused: \(error.message)", hint: error.hint)
        }
    }

    /// What is left for librdkafka when its connections are signed in for it.
    var withoutSecurity: KafkaConfiguration {
        var copy = self
        copy.properties.removeAll { key, _ in
            key == "security.protocol" || key.hasPrefix("ssl.") || key.hasPrefix("sasl.")
                || key == "enable.ssl.certificate.verification" || key == "socket.nagle.disable"
                || key == "enable.sasl.oauthbearer.unsecure.jwt"
        }
        return copy
    }
}
