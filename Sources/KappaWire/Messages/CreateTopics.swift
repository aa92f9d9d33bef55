/// Creates topics. From version 5 the answer tells their settings.
package struct CreateTopicsRequest: RequestMessage {
    package typealias Response = CreateTopicsResponse

    package static let apiKey = ApiKey.createTopics
    package static let versions: ClosedRange<Int16> = 0...7
    package static let flexibleFrom: Int16 = 5

    package var topics: [Topic] = []
    package var timeoutMs: Int32 = 60000
    package var validateOnly = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topics)
        try wire.field(&timeoutMs)
        try wire.field(&validateOnly, since: 1)
    }
}

extension CreateTopicsRequest {
    package struct Topic: WireStructure {
        package var name = ""
        package var numPartitions: Int32 = 0
        package var replicationFactor: Int16 = 0
        package var assignments: [Assignment] = []
        package var configs: [Config] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&numPartitions)
            try wire.field(&replicationFactor)
            try wire.field(&assignments)
            try wire.field(&configs)
        }
    }

    package struct Assignment: WireStructure {
        package var partitionIndex: Int32 = 0
        package var brokerIds: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&brokerIds)
        }
    }

    package struct Config: WireStructure {
        package var name = ""
        package var value: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&value)
        }
    }
}

package struct CreateTopicsResponse: ResponseMessage {
    package typealias Request = CreateTopicsRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 2)
        try wire.field(&topics)
    }
}

extension CreateTopicsResponse {
    package struct Topic: WireStructure {
        package var name = ""
        package var topicId = WireUUID()
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var numPartitions: Int32 = -1
        package var replicationFactor: Int16 = -1
        package var configs: [Config]?
        /// Why the settings are left out. Written in a tagged field from version 5 on, and read by nobody here.
        package var topicConfigErrorCode = ErrorCode.noError

        package init() {}

        package mutating func code(_ wire: inout WireCoder) throws(WireError) {
            try fields(&wire)
            guard topicConfigErrorCode != .noError else { return try wire.tags() }
            let code = UInt16(bitPattern: topicConfigErrorCode.rawValue)
            try wire.tags([(0, [UInt8(code >> 8), UInt8(code & 0xFF)])])
        }

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&topicId, since: 7)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage, since: 1)
            try wire.field(&numPartitions, since: 5)
            try wire.field(&replicationFactor, since: 5)
            try wire.field(&configs, since: 5)
        }
    }

    package struct Config: WireStructure {
        package var name = ""
        package var value: String?
        package var readOnly = false
        package var configSource: Int8 = -1
        package var isSensitive = false

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name, since: 5)
            try wire.field(&value, since: 5)
            try wire.field(&readOnly, since: 5)
            try wire.field(&configSource, since: 5)
            try wire.field(&isSensitive, since: 5)
        }
    }
}
