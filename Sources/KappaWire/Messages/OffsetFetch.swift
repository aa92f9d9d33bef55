/// Reads a consumer group's offsets; from version 8 those of many groups at once.
///
/// Null topics mean all of them. An offset that was never committed is −1, without an error.
package struct OffsetFetchRequest: RequestMessage {
    package typealias Response = OffsetFetchResponse

    package static let apiKey = ApiKey.offsetFetch
    package static let versions: ClosedRange<Int16> = 1...9
    package static let flexibleFrom: Int16 = 6

    package var groupId = ""
    package var topics: [Topic]?
    package var groups: [Group] = []
    package var requireStable = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId, through: 7)
        try wire.field(&topics, through: 7, nullSince: 2)
        try wire.field(&groups, since: 8)
        try wire.field(&requireStable, since: 7)
    }
}

extension OffsetFetchRequest {
    package struct Group: WireStructure {
        package var groupId = ""
        /// Set by members of groups of the new kind; they are then told where they are behind.
        package var memberId: String?
        package var memberEpoch: Int32 = -1
        package var topics: [Topic]?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&groupId)
            try wire.field(&memberId, since: 9)
            try wire.field(&memberEpoch, since: 9)
            try wire.field(&topics)
        }
    }

    package struct Topic: WireStructure {
        package var name = ""
        package var partitionIndexes: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&partitionIndexes)
        }
    }
}

package struct OffsetFetchResponse: ResponseMessage {
    package typealias Request = OffsetFetchRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []
    package var errorCode = ErrorCode.noError
    package var groups: [Group] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 3)
        try wire.field(&topics, through: 7)
        try wire.field(&errorCode, since: 2, through: 7)
        try wire.field(&groups, since: 8)
    }
}

extension OffsetFetchResponse {
    package struct Group: WireStructure {
        package var groupId = ""
        package var topics: [Topic] = []
        package var errorCode = ErrorCode.noError

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&groupId)
            try wire.field(&topics)
            try wire.field(&errorCode)
        }
    }

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
        package var metadata: String?
        package var errorCode = ErrorCode.noError

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&committedOffset)
            try wire.field(&committedLeaderEpoch, since: 5)
            try wire.field(&metadata)
            try wire.field(&errorCode)
        }
    }
}
