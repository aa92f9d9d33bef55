/// Adds partitions to topics; `count` is the new total.
package struct CreatePartitionsRequest: RequestMessage {
    package typealias Response = CreatePartitionsResponse

    package static let apiKey = ApiKey.createPartitions
    package static let versions: ClosedRange<Int16> = 0...3
    package static let flexibleFrom: Int16 = 2

    package var topics: [Topic] = []
    package var timeoutMs: Int32 = 0
    package var validateOnly = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topics)
        try wire.field(&timeoutMs)
        try wire.field(&validateOnly)
    }
}

extension CreatePartitionsRequest {
    package struct Topic: WireStructure {
        package var name = ""
        package var count: Int32 = 0
        package var assignments: [Assignment]?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&count)
            try wire.field(&assignments)
        }
    }

    package struct Assignment: WireStructure {
        package var brokerIds: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&brokerIds)
        }
    }
}

package struct CreatePartitionsResponse: ResponseMessage {
    package typealias Request = CreatePartitionsRequest

    package var throttleTimeMs: Int32 = 0
    package var results: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&results)
    }
}

extension CreatePartitionsResponse {
    package struct Topic: WireStructure {
        package var name = ""
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
        }
    }
}
