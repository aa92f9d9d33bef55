/// Shows who keeps the cluster's metadata.
package struct DescribeQuorumRequest: RequestMessage {
    package typealias Response = DescribeQuorumResponse

    package static let apiKey = ApiKey.describeQuorum
    package static let versions: ClosedRange<Int16> = 0...2
    package static let flexibleFrom: Int16 = 0

    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topics)
    }
}

extension DescribeQuorumRequest {
    package struct Topic: WireStructure {
        package var topicName = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicName)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
        }
    }
}

package struct DescribeQuorumResponse: ResponseMessage {
    package typealias Request = DescribeQuorumRequest

    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var topics: [Topic] = []
    package var nodes: [Node] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage, since: 2)
        try wire.field(&topics)
        try wire.field(&nodes, since: 2)
    }
}

extension DescribeQuorumResponse {
    package struct Topic: WireStructure {
        package var topicName = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicName)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var leaderId: Int32 = 0
        package var leaderEpoch: Int32 = 0
        package var highWatermark: Int64 = 0
        package var currentVoters: [Replica] = []
        package var observers: [Replica] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage, since: 2)
            try wire.field(&leaderId)
            try wire.field(&leaderEpoch)
            try wire.field(&highWatermark)
            try wire.field(&currentVoters)
            try wire.field(&observers)
        }
    }

    package struct Replica: WireStructure {
        package var replicaId: Int32 = 0
        package var replicaDirectoryId = WireUUID()
        package var logEndOffset: Int64 = 0
        package var lastFetchTimestamp: Int64 = -1
        package var lastCaughtUpTimestamp: Int64 = -1

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&replicaId)
            try wire.field(&replicaDirectoryId, since: 2)
            try wire.field(&logEndOffset)
            try wire.field(&lastFetchTimestamp, since: 1)
            try wire.field(&lastCaughtUpTimestamp, since: 1)
        }
    }

    package struct Node: WireStructure {
        package var nodeId: Int32 = 0
        package var listeners: [Listener] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&nodeId, since: 2)
            try wire.field(&listeners, since: 2)
        }
    }

    package struct Listener: WireStructure {
        package var name = ""
        package var host = ""
        package var port: UInt16 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name, since: 2)
            try wire.field(&host, since: 2)
            try wire.field(&port, since: 2)
        }
    }
}
