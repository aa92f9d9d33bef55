/// Tells where a leader epoch ended, so that a consumer finds out whether its log was cut.
package struct OffsetForLeaderEpochRequest: RequestMessage {
    package typealias Response = OffsetForLeaderEpochResponse

    package static let apiKey = ApiKey.offsetForLeaderEpoch
    package static let versions: ClosedRange<Int16> = 2...4
    package static let flexibleFrom: Int16 = 4

    package var replicaId: Int32 = -2
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&replicaId, since: 3)
        try wire.field(&topics)
    }
}

extension OffsetForLeaderEpochRequest {
    package struct Topic: WireStructure {
        package var topic = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partition: Int32 = 0
        package var currentLeaderEpoch: Int32 = -1
        package var leaderEpoch: Int32 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partition)
            try wire.field(&currentLeaderEpoch)
            try wire.field(&leaderEpoch)
        }
    }
}

package struct OffsetForLeaderEpochResponse: ResponseMessage {
    package typealias Request = OffsetForLeaderEpochRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&topics)
    }
}

extension OffsetForLeaderEpochResponse {
    package struct Topic: WireStructure {
        package var topic = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var errorCode = ErrorCode.noError
        package var partition: Int32 = 0
        package var leaderEpoch: Int32 = -1
        package var endOffset: Int64 = -1

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(&partition)
            try wire.field(&leaderEpoch)
            try wire.field(&endOffset)
        }
    }
}
