/// Shows consumer groups of the new kind (KIP-848).
package struct ConsumerGroupDescribeRequest: RequestMessage {
    package typealias Response = ConsumerGroupDescribeResponse

    package static let apiKey = ApiKey.consumerGroupDescribe
    package static let versions: ClosedRange<Int16> = 0...1
    package static let flexibleFrom: Int16 = 0

    package var groupIds: [String] = []
    package var includeAuthorizedOperations = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupIds)
        try wire.field(&includeAuthorizedOperations)
    }
}

package struct ConsumerGroupDescribeResponse: ResponseMessage {
    package typealias Request = ConsumerGroupDescribeRequest

    package var throttleTimeMs: Int32 = 0
    package var groups: [Group] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&groups)
    }
}

extension ConsumerGroupDescribeResponse {
    package struct Group: WireStructure {
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var groupId = ""
        package var groupState = ""
        package var groupEpoch: Int32 = 0
        package var assignmentEpoch: Int32 = 0
        package var assignorName = ""
        package var members: [Member] = []
        package var authorizedOperations: Int32 = .min

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
            try wire.field(&groupId)
            try wire.field(&groupState)
            try wire.field(&groupEpoch)
            try wire.field(&assignmentEpoch)
            try wire.field(&assignorName)
            try wire.field(&members)
            try wire.field(&authorizedOperations)
        }
    }

    package struct Member: WireStructure {
        package var memberId = ""
        package var instanceId: String?
        package var rackId: String?
        package var memberEpoch: Int32 = 0
        package var clientId = ""
        package var clientHost = ""
        package var subscribedTopicNames: [String] = []
        package var subscribedTopicRegex: String?
        package var assignment = Assignment()
        package var targetAssignment = Assignment()
        package var memberType: Int8 = -1

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&memberId)
            try wire.field(&instanceId)
            try wire.field(&rackId)
            try wire.field(&memberEpoch)
            try wire.field(&clientId)
            try wire.field(&clientHost)
            try wire.field(&subscribedTopicNames)
            try wire.field(&subscribedTopicRegex)
            try wire.field(&assignment)
            try wire.field(&targetAssignment)
            try wire.field(&memberType, since: 1)
        }
    }

    package struct Assignment: WireStructure {
        package var topicPartitions: [TopicPartitions] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicPartitions)
        }
    }

    package struct TopicPartitions: WireStructure {
        package var topicId = WireUUID()
        package var topicName = ""
        package var partitions: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicId)
            try wire.field(&topicName)
            try wire.field(&partitions)
        }
    }
}
