import KappaCore
import KappaWire

/// One step of the proof.
enum SaslAuthenticateHandler: Handler {
    typealias Request = SaslAuthenticateRequest
    static var isOpenToAll: Bool { true }
    static func isServed(_ configuration: BrokerConfiguration) -> Bool { configuration.usersFile != nil }

    static func handle(
        _ request: SaslAuthenticateRequest, _ call: Call<SaslAuthenticateResponse>, _ core: BrokerCore
    ) -> Outcome<SaslAuthenticateResponse> {
        var response = SaslAuthenticateResponse()
        guard let accounts = core.accounts, case .started(let exchange) = call.session.authentication else {
            response.errorCode = .illegalSaslState
            return .answer(response)
        }
        switch exchange.step(request.authBytes, accounts) {
        case .next(let next, let answer):
            call.session.authentication = .started(next)
            response.authBytes = answer
        case .done(let user, let answer):
            guard call.session.remains(user) else { return refuse(call, core) }
            call.session.authentication = .done(user: user)
            response.authBytes = answer
            response.sessionLifetimeMs = core.beginLifetime(of: call.session)
        case .refused:
            return refuse(call, core)
        }
        return .answer(response)
    }

    private static func refuse(
        _ call: Call<SaslAuthenticateResponse>, _ core: BrokerCore
    ) -> Outcome<SaslAuthenticateResponse> {
        call.session.authentication = .required
        let response = SaslAuthenticateResponse {
            $0.errorCode = .saslAuthenticationFailed
            // One sentence for every reason: it must not tell which names there are.
            $0.errorMessage = "the name or the password is wrong"
        }
        core.complain("\(call.clientHost) failed to authenticate")
        // As in Kafka: whoever guesses does so slowly, and once a connection.
        core.after(BrokerCore.failedSignInMilliseconds) { _ in call.finish(.farewell(response)) }
        return .wait
    }
}

extension Session {
    /// Whether this is who the client was before; a connection does not change hands.
    func remains(_ user: String) -> Bool { provedBefore == nil || provedBefore == user }
}

extension BrokerCore {
    /// A client has proved who it is: for how long that holds, as it is told (KIP-368); 0 where that is for ever.
    func beginLifetime(of session: Session) -> Int64 {
        let lifetime = configuration.reauthenticationMilliseconds
        session.expiresAt = lifetime > 0 ? now.steady.addingSaturated(lifetime) : nil
        return lifetime
    }
}
