/// Stores a group's offsets within a transaction.
///
/// From version 3 the member and its generation are in it, so that a zombie is fenced.
package struct TxnOffsetCommitRequest: RequestMessage {
    package typealias Response = TxnOffsetCommitResponse

    package static let apiKey = ApiKey.txnOffsetCommit
    package static let versions: ClosedRange<Int16> = 0...5
    package static let flexibleFrom: Int16 = 3

    package var transactionalId = ""
    package var groupId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var generationId: Int32 = -1
    package var memberId = ""
    package var groupInstanceId: String?
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactionalId)
        try wire.field(&groupId)
        try wire.field(&producerId)
        try wire.field(&producerEpoch)
        try wire.field(&generationId, since: 3)
        try wire.field(&memberId, since: 3)
        try wire.field(&groupInstanceId, since: 3)
        try wire.field(&topics)
    }
}

extension TxnOffsetCommitRequest {
    package struct Topic: WireStructure {
        package var name = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0
        package var committedOffset: Int64 = 0
        package var committedLeaderEpoch: Int32 = -1
        package var committedMetadata: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&committedOffset)
            try wire.field(&committedLeaderEpoch, since: 2)
            try wire.field(&committedMetadata)
        }
    }
}

package struct TxnOffsetCommitResponse: ResponseMessage {
    package typealias Request = TxnOffsetCommitRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&topics)
    }
}

extension TxnOffsetCommitResponse {
    package struct Topic: WireStructure {
        package var name = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0
        package var errorCode = ErrorCode.noError

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&errorCode)
        }
    }
}
