/// Chooses the SASL mechanism. After version 0 the tokens travel as bare frames, after 1 in SaslAuthenticate.
package struct SaslHandshakeRequest: RequestMessage {
    package typealias Response = SaslHandshakeResponse

    package static let apiKey = ApiKey.saslHandshake
    package static let versions: ClosedRange<Int16> = 0...1
    package static let flexibleFrom = neverFlexible

    package var mechanism = ""

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&mechanism)
    }
}

package struct SaslHandshakeResponse: ResponseMessage {
    package typealias Request = SaslHandshakeRequest

    package var errorCode = ErrorCode.noError
    package var mechanisms: [String] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&errorCode)
        try wire.field(&mechanisms)
    }
}
