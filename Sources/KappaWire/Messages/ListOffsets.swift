/// Looks up offsets by timestamp; −1 is the end and −2 the start of the log.
package struct ListOffsetsRequest: RequestMessage {
    package typealias Response = ListOffsetsResponse

    package static let apiKey = ApiKey.listOffsets
    package static let versions: ClosedRange<Int16> = 1...10
    package static let flexibleFrom: Int16 = 6

    package var replicaId: Int32 = 0
    package var isolationLevel: Int8 = 0
    package var topics: [Topic] = []
    /// For a broker that would have to ask a tier for the answer.
    package var timeoutMs: Int32 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&replicaId)
        try wire.field(&isolationLevel, since: 2)
        try wire.field(&topics)
        try wire.field(&timeoutMs, since: 10)
    }
}

extension ListOffsetsRequest {
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
        package var currentLeaderEpoch: Int32 = -1
        package var timestamp: Int64 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&currentLeaderEpoch, since: 4)
            try wire.field(&timestamp)
        }
    }
}

package struct ListOffsetsResponse: ResponseMessage {
    package typealias Request = ListOffsetsRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 2)
        try wire.field(&topics)
    }
}

extension ListOffsetsResponse {
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
        package var timestamp: Int64 = -1
        package var offset: Int64 = -1
        package var leaderEpoch: Int32 = -1

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&errorCode)
            try wire.field(&timestamp)
            try wire.field(&offset)
            try wire.field(&leaderEpoch, since: 4)
        }
    }
}
