import Glibc
import KappaCore
package import KappaNetwork
import KappaWire

/// How a broker is spoken to and what proves who we are: one for all connections, whoever reads or writes over them.
package final class SignIn: Sendable {
    /// Nil without TLS.
    package let tls: TLSClient?
    /// Nil without SASL.
    package let mechanism: SaslMechanism?
    let user: String
    private let password: String
    private let tokenFile: String?

    package init(
        tls: TLSClient?, mechanism: SaslMechanism?, user: String = "", password: String = "", tokenFile: String? = nil
    ) {
        self.tls = tls
        self.mechanism = mechanism
        self.user = user
        self.password = password
        self.tokenFile = tokenFile
    }

    /// A token is read anew each time: whoever renews it writes the file.
    func begin(_ mechanism: SaslMechanism) throws(ConnectionFailure) -> (SaslClient, [UInt8]) {
        var token = ""
        if mechanism == .oauthBearer {
            guard let tokenFile, let file = fopen(tokenFile, "re") else {
                throw ConnectionFailure(
                    "the token in '\(tokenFile ?? "")' cannot be read", code: .saslAuthenticationFailed,
                    isSecurity: true)
            }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
            token = String(decoding: bytes, as: UTF8.self)
            token.removeAll { $0.isWhitespace }
        }
        return SaslClient.begin(mechanism, user: user, password: password, token: token)
    }
}
