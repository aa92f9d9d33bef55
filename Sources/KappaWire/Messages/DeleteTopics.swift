/// Deletes topics by name, from version 6 also by id.
package struct DeleteTopicsRequest: RequestMessage {
    package typealias Response = DeleteTopicsResponse

    package static let apiKey = ApiKey.deleteTopics
    package static let versions: ClosedRange<Int16> = 0...6
    package static let flexibleFrom: Int16 = 4

    package var topics: [State] = []
    package var topicNames: [String] = []
    package var timeoutMs: Int32 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topics, since: 6)
        try wire.field(&topicNames, through: 5)
        try wire.field(&timeoutMs)
    }
}

extension DeleteTopicsRequest {
    package struct State: WireStructure {
        /// Nil where the topic is named by its id.
        package var name: String?
        package var topicId = WireUUID()

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&topicId)
        }
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
        package var name: String? = ""
        package var topicId = WireUUID()
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name, nullSince: 6)
            try wire.field(&topicId, since: 6)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage, since: 5)
        }
    }
}
