/// Lists users and what they can prove themselves with.
package struct DescribeUserScramCredentialsRequest: RequestMessage {
    package typealias Response = DescribeUserScramCredentialsResponse

    package static let apiKey = ApiKey.describeUserScramCredentials
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var users: [User]?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&users)
    }
}

extension DescribeUserScramCredentialsRequest {
    package struct User: WireStructure {
        package var name = ""

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
        }
    }
}

package struct DescribeUserScramCredentialsResponse: ResponseMessage {
    package typealias Request = DescribeUserScramCredentialsRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var results: [Result] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&results)
    }
}

extension DescribeUserScramCredentialsResponse {
    package struct Result: WireStructure {
        package var user = ""
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var credentialInfos: [Credential] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&user)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
            try wire.field(&credentialInfos)
        }
    }

    package struct Credential: WireStructure {
        package var mechanism: Int8 = 0
        package var iterations: Int32 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&mechanism)
            try wire.field(&iterations)
        }
    }
}
