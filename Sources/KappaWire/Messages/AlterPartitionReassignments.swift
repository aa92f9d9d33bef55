/// Moves replicas of partitions, or stops moving them.
package struct AlterPartitionReassignmentsRequest: RequestMessage {
    package typealias Response = AlterPartitionReassignmentsResponse

    package static let apiKey = ApiKey.alterPartitionReassignments
    package static let versions: ClosedRange<Int16> = 0...1
    package static let flexibleFrom: Int16 = 0

    package var timeoutMs: Int32 = 60000
    package var allowReplicationFactorChange = true
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&timeoutMs)
        try wire.field(&allowReplicationFactorChange, since: 1)
        try wire.field(&topics)
    }
}

extension AlterPartitionReassignmentsRequest {
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
        package var replicas: [Int32]?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&replicas)
        }
    }
}

package struct AlterPartitionReassignmentsResponse: ResponseMessage {
    package typealias Request = AlterPartitionReassignmentsRequest

    package var throttleTimeMs: Int32 = 0
    package var allowReplicationFactorChange = true
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var responses: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&allowReplicationFactorChange, since: 1)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&responses)
    }
}

extension AlterPartitionReassignmentsResponse {
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
        package var errorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
        }
    }
}
