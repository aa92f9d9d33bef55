/// Shows topics page by page.
package struct DescribeTopicPartitionsRequest: RequestMessage {
    package typealias Response = DescribeTopicPartitionsResponse

    package static let apiKey = ApiKey.describeTopicPartitions
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var topics: [Topic] = []
    package var responsePartitionLimit: Int32 = 2000
    package var cursor: Cursor?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topics)
        try wire.field(&responsePartitionLimit)
        try wire.field(&cursor)
    }
}

extension DescribeTopicPartitionsRequest {
    package struct Topic: WireStructure {
        package var name = ""

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
        }
    }

    package struct Cursor: WireStructure {
        package var topicName = ""
        package var partitionIndex: Int32 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicName)
            try wire.field(&partitionIndex)
        }
    }
}

package struct DescribeTopicPartitionsResponse: ResponseMessage {
    package typealias Request = DescribeTopicPartitionsRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []
    package var nextCursor: Cursor?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&topics)
        try wire.field(&nextCursor)
    }
}

extension DescribeTopicPartitionsResponse {
    package struct Topic: WireStructure {
        package var errorCode = ErrorCode.noError
        package var name: String?
        package var topicId = WireUUID()
        package var isInternal = false
        package var partitions: [Partition] = []
        package var topicAuthorizedOperations: Int32 = .min

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(&name)
            try wire.field(&topicId)
            try wire.field(&isInternal)
            try wire.field(&partitions)
            try wire.field(&topicAuthorizedOperations)
        }
    }

    package struct Partition: WireStructure {
        package var errorCode = ErrorCode.noError
        package var partitionIndex: Int32 = 0
        package var leaderId: Int32 = 0
        package var leaderEpoch: Int32 = -1
        package var replicaNodes: [Int32] = []
        package var isrNodes: [Int32] = []
        package var eligibleLeaderReplicas: [Int32]?
        package var lastKnownElr: [Int32]?
        package var offlineReplicas: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(&partitionIndex)
            try wire.field(&leaderId)
            try wire.field(&leaderEpoch)
            try wire.field(&replicaNodes)
            try wire.field(&isrNodes)
            try wire.field(&eligibleLeaderReplicas)
            try wire.field(&lastKnownElr)
            try wire.field(&offlineReplicas)
        }
    }

    package struct Cursor: WireStructure {
        package var topicName = ""
        package var partitionIndex: Int32 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicName)
            try wire.field(&partitionIndex)
        }
    }
}
