/// Reads record batches from partitions.
///
/// From version 13 topics go by id instead of name.
package struct FetchRequest: RequestMessage {
    package typealias Response = FetchResponse

    package static let apiKey = ApiKey.fetch
    package static let versions: ClosedRange<Int16> = 4...16
    package static let flexibleFrom: Int16 = 12

    package var replicaId: Int32 = -1
    package var maxWaitMs: Int32 = 0
    package var minBytes: Int32 = 0
    package var maxBytes: Int32 = .max
    package var isolationLevel: Int8 = 0
    package var sessionId: Int32 = 0
    package var sessionEpoch: Int32 = -1
    package var topics: [Topic] = []
    package var forgottenTopicsData: [ForgottenTopic] = []
    package var rackId = ""

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&replicaId, through: 14)
        try wire.field(&maxWaitMs)
        try wire.field(&minBytes)
        try wire.field(&maxBytes)
        try wire.field(&isolationLevel)
        try wire.field(&sessionId, since: 7)
        try wire.field(&sessionEpoch, since: 7)
        try wire.field(&topics)
        try wire.field(&forgottenTopicsData, since: 7)
        try wire.field(&rackId, since: 11)
    }
}

extension FetchRequest {
    package struct Topic: WireStructure {
        package var topic = ""
        package var topicId = WireUUID()
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic, through: 12)
            try wire.field(&topicId, since: 13)
            try wire.field(&partitions)
        }
    }

    package struct ForgottenTopic: WireStructure {
        package var topic = ""
        package var topicId = WireUUID()
        package var partitions: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic, since: 7, through: 12)
            try wire.field(&topicId, since: 13)
            try wire.field(&partitions, since: 7)
        }
    }

    package struct Partition: WireStructure {
        package var partition: Int32 = 0
        package var currentLeaderEpoch: Int32 = -1
        package var fetchOffset: Int64 = 0
        package var lastFetchedEpoch: Int32 = -1
        package var logStartOffset: Int64 = -1
        package var partitionMaxBytes: Int32 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partition)
            try wire.field(&currentLeaderEpoch, since: 9)
            try wire.field(&fetchOffset)
            try wire.field(&lastFetchedEpoch, since: 12)
            try wire.field(&logStartOffset, since: 5)
            try wire.field(&partitionMaxBytes)
        }
    }
}

package struct FetchResponse: ResponseMessage {
    package typealias Request = FetchRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var sessionId: Int32 = 0
    package var responses: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode, since: 7)
        try wire.field(&sessionId, since: 7)
        try wire.field(&responses)
    }
}

extension FetchResponse {
    package struct Topic: WireStructure {
        package var topic = ""
        package var topicId = WireUUID()
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic, through: 12)
            try wire.field(&topicId, since: 13)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0
        package var errorCode = ErrorCode.noError
        package var highWatermark: Int64 = 0
        package var lastStableOffset: Int64 = -1
        package var logStartOffset: Int64 = -1
        package var abortedTransactions: [AbortedTransaction]?
        package var preferredReadReplica: Int32 = -1
        package var records = FetchedRecords()

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&errorCode)
            try wire.field(&highWatermark)
            try wire.field(&lastStableOffset)
            try wire.field(&logStartOffset, since: 5)
            try wire.field(&abortedTransactions)
            try wire.field(&preferredReadReplica, since: 11)
            try wire.field(&records)
        }
    }

    package struct AbortedTransaction: WireStructure {
        package var producerId: Int64 = 0
        package var firstOffset: Int64 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&producerId)
            try wire.field(&firstOffset)
        }
    }
}
