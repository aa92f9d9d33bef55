/// A member of a consumer group of the new kind (KIP-848) says that it lives, what it wants, and what it holds; the
/// answer says what it is to hold.
package struct ConsumerGroupHeartbeatRequest: RequestMessage {
    package typealias Response = ConsumerGroupHeartbeatResponse

    package static let apiKey = ApiKey.consumerGroupHeartbeat
    package static let versions: ClosedRange<Int16> = 0...1
    package static let flexibleFrom: Int16 = 0

    package var groupId = ""
    package var memberId = ""
    package var memberEpoch: Int32 = 0
    package var instanceId: String?
    package var rackId: String?
    package var rebalanceTimeoutMs: Int32 = -1
    package var subscribedTopicNames: [String]?
    package var subscribedTopicRegex: String?
    package var serverAssignor: String?
    package var topicPartitions: [TopicPartitions]?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId)
        try wire.field(&memberId)
        try wire.field(&memberEpoch)
        try wire.field(&instanceId)
        try wire.field(&rackId)
        try wire.field(&rebalanceTimeoutMs)
        try wire.field(&subscribedTopicNames)
        try wire.field(&subscribedTopicRegex, since: 1)
        try wire.field(&serverAssignor)
        try wire.field(&topicPartitions)
    }
}

extension ConsumerGroupHeartbeatRequest {
    package struct TopicPartitions: WireStructure {
        package var topicId = WireUUID()
        package var partitions: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicId)
            try wire.field(&partitions)
        }
    }
}

package struct ConsumerGroupHeartbeatResponse: ResponseMessage {
    package typealias Request = ConsumerGroupHeartbeatRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var memberId: String?
    package var memberEpoch: Int32 = 0
    package var heartbeatIntervalMs: Int32 = 0
    package var assignment: Assignment?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&memberId)
        try wire.field(&memberEpoch)
        try wire.field(&heartbeatIntervalMs)
        try wire.field(&assignment)
    }
}

extension ConsumerGroupHeartbeatResponse {
    package struct Assignment: WireStructure {
        package var topicPartitions: [TopicPartitions] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicPartitions)
        }
    }

    package struct TopicPartitions: WireStructure {
        package var topicId = WireUUID()
        package var partitions: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicId)
            try wire.field(&partitions)
        }
    }
}
