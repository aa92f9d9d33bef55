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
            call.session.authentication = .done(user: user)
            response.authBytes = answer
        case .refused:
            // One sentence for every reason: it must not tell which names there are.
            call.session.authentication = .required
            response.errorCode = .saslAuthenticationFailed
            response.errorMessage = "the name or the password is wrong"
            core.complain("\(call.clientHost) failed to authenticate")
            // As in Kafka: whoever guesses does so slowly, and once a connection.
            core.after(BrokerCore.failedSignInMilliseconds) { _ in call.finish(.farewell(response)) }
            return .wait
        }
        return .answer(response)
    }
}
