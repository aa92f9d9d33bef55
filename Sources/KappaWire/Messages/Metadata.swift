/// Names the brokers, topics and partitions. From version 10 topics have ids.
package struct MetadataRequest: RequestMessage {
    package typealias Response = MetadataResponse

    package static let apiKey = ApiKey.metadata
    package static let versions: ClosedRange<Int16> = 0...13
    package static let flexibleFrom: Int16 = 9

    /// Nil means all topics, and an empty list none; on the wire of version 0, which has no null, empty means all.
    package var topics: [Topic]?
    package var allowAutoTopicCreation = true
    /// In versions 8 to 10.
    package var includeClusterAuthorizedOperations = false
    package var includeTopicAuthorizedOperations = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        if wire.version == 0, !wire.isReading, topics == nil { topics = [] }
        try wire.field(&topics, nullSince: 1)
        if wire.version == 0, wire.isReading, topics?.isEmpty == true { topics = nil }
        try wire.field(&allowAutoTopicCreation, since: 4)
        try wire.field(&includeClusterAuthorizedOperations, since: 8, through: 10)
        try wire.field(&includeTopicAuthorizedOperations, since: 8)
    }
}

extension MetadataRequest {
    package struct Topic: WireStructure {
        package var topicId = WireUUID()
        /// Nil where the topic is asked for by its id.
        package var name: String? = ""

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topicId, since: 10)
            try wire.field(&name, nullSince: 10)
        }
    }
}

package struct MetadataResponse: ResponseMessage {
    package typealias Request = MetadataRequest

    package var throttleTimeMs: Int32 = 0
    package var brokers: [Broker] = []
    package var clusterId: String?
    package var controllerId: Int32 = -1
    package var topics: [Topic] = []
    package var clusterAuthorizedOperations: Int32 = .min
    package var errorCode = ErrorCode.noError

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 3)
        try wire.field(&brokers)
        try wire.field(&clusterId, since: 2)
        try wire.field(&controllerId, since: 1)
        try wire.field(&topics)
        try wire.field(&clusterAuthorizedOperations, since: 8, through: 10)
        try wire.field(&errorCode, since: 13)
    }
}

extension MetadataResponse {
    package struct Broker: WireStructure {
        package var nodeId: Int32 = 0
        package var host = ""
        package var port: Int32 = 0
        package var rack: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&nodeId)
            try wire.field(&host)
            try wire.field(&port)
            try wire.field(&rack, since: 1)
        }
    }

    package struct Topic: WireStructure {
        package var errorCode = ErrorCode.noError
        /// Nil where a topic was asked for by an id that nobody has.
        package var name: String? = ""
        package var topicId = WireUUID()
        package var isInternal = false
        package var partitions: [Partition] = []
        package var topicAuthorizedOperations: Int32 = .min

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(&name, nullSince: 12)
            try wire.field(&topicId, since: 10)
            try wire.field(&isInternal, since: 1)
            try wire.field(&partitions)
            try wire.field(&topicAuthorizedOperations, since: 8)
        }
    }

    package struct Partition: WireStructure {
        package var errorCode = ErrorCode.noError
        package var partitionIndex: Int32 = 0
        package var leaderId: Int32 = 0
        package var leaderEpoch: Int32 = -1
        package var replicaNodes: [Int32] = []
        package var isrNodes: [Int32] = []
        package var offlineReplicas: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(&partitionIndex)
            try wire.field(&leaderId)
            try wire.field(&leaderEpoch, since: 7)
            try wire.field(&replicaNodes)
            try wire.field(&isrNodes)
            try wire.field(&offlineReplicas, since: 5)
        }
    }
}
