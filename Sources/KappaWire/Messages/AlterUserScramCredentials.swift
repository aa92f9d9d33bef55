/// Sets and takes away what users prove themselves with.
package struct AlterUserScramCredentialsRequest: RequestMessage {
    package typealias Response = AlterUserScramCredentialsResponse

    package static let apiKey = ApiKey.alterUserScramCredentials
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var deletions: [Deletion] = []
    package var upsertions: [Upsertion] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&deletions)
        try wire.field(&upsertions)
    }
}

extension AlterUserScramCredentialsRequest {
    package struct Deletion: WireStructure {
        package var name = ""
        package var mechanism: Int8 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&mechanism)
        }
    }

    package struct Upsertion: WireStructure {
        package var name = ""
        package var mechanism: Int8 = 0
        package var iterations: Int32 = 0
        package var salt: [UInt8] = []
        /// The password after all rounds: the password itself never travels.
        package var saltedPassword: [UInt8] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&mechanism)
            try wire.field(&iterations)
            try wire.field(&salt)
            try wire.field(&saltedPassword)
        }
    }
}

package struct AlterUserScramCredentialsResponse: ResponseMessage {
    package typealias Request = AlterUserScramCredentialsRequest

    package var throttleTimeMs: Int32 = 0
    package var results: [Result] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&results)
    }
}

extension AlterUserScramCredentialsResponse {
    package struct Result: WireStructure {
        package var user = ""
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&user)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
        }
    }
}
