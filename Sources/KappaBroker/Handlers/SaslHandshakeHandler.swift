import KappaWire

/// The client says how it will prove who it is.
enum SaslHandshakeHandler: Handler {
    typealias Request = SaslHandshakeRequest
    static var isOpenToAll: Bool { true }
    static func isServed(_ configuration: BrokerConfiguration) -> Bool { configuration.usersFile != nil }

    static func handle(
        _ request: SaslHandshakeRequest, _ call: Call<SaslHandshakeResponse>, _ core: BrokerCore
    ) -> Outcome<SaslHandshakeResponse> {
        var response = SaslHandshakeResponse()
        response.mechanisms = SaslExchange.mechanisms
        guard core.accounts != nil else {
            response.errorCode = .illegalSaslState
            return .answer(response)
        }
        if let exchange = SaslExchange(mechanism: request.mechanism) {
            call.session.authentication = .started(exchange)
            // After version 0 the tokens come as frames without Kafka's header.
            call.session.takesBareTokens = call.version == 0
        } else {
            response.errorCode = .unsupportedSaslMechanism
        }
        return .answer(response)
    }
}
