/// Deletes topics by name.
package struct DeleteTopicsRequest: RequestMessage {
    package typealias Response = DeleteTopicsResponse

    package static let apiKey = ApiKey.deleteTopics
    package static let versions: ClosedRange<Int16> = 0...5
    package static let flexibleFrom: Int16 = 4

    package var topicNames: [String] = []
    package var timeoutMs: Int32 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topicNames)
        try wire.field(&timeoutMs)
    }
}

package struct DeleteTopicsResponse: ResponseMessage {
    package typealias Request = DeleteTopicsRequest

    package var throttleTimeMs: Int32 = 0
    package var responses: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 1)
        try wire.field(&responses)
    }
}

extension DeleteTopicsResponse {
    package struct Topic: WireStructure {
        package var name = ""
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage, since: 5)
        }
    }
}
