/// Carries a token of the SASL exchange. The bytes are secrets: never printed.
package struct SaslAuthenticateRequest: RequestMessage {
    package typealias Response = SaslAuthenticateResponse

    package static let apiKey = ApiKey.saslAuthenticate
    package static let versions: ClosedRange<Int16> = 0...2
    package static let flexibleFrom: Int16 = 2

    package var authBytes: [UInt8] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&authBytes)
    }
}

package struct SaslAuthenticateResponse: ResponseMessage {
    package typealias Request = SaslAuthenticateRequest

    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var authBytes: [UInt8] = []
    package var sessionLifetimeMs: Int64 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&authBytes)
        try wire.field(&sessionLifetimeMs, since: 1)
    }
}
