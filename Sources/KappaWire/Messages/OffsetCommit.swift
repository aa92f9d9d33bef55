/// Stores a consumer group's offsets.
package struct OffsetCommitRequest: RequestMessage {
    package typealias Response = OffsetCommitResponse

    package static let apiKey = ApiKey.offsetCommit
    package static let versions: ClosedRange<Int16> = 2...9
    package static let flexibleFrom: Int16 = 8

    package var groupId = ""
    package var generationId: Int32 = -1
    package var memberId = ""
    package var groupInstanceId: String?
    package var retentionTimeMs: Int64 = -1
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId)
        try wire.field(&generationId)
        try wire.field(&memberId)
        try wire.field(&groupInstanceId, since: 7)
        try wire.field(&retentionTimeMs, through: 4)
        try wire.field(&topics)
    }
}

extension OffsetCommitRequest {
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
            try wire.field(&committedLeaderEpoch, since: 6)
            try wire.field(&committedMetadata)
        }
    }
}

package struct OffsetCommitResponse: ResponseMessage {
    package typealias Request = OffsetCommitRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 3)
        try wire.field(&topics)
    }
}

extension OffsetCommitResponse {
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
