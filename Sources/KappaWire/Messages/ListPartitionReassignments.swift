/// Lists the replicas that are being moved.
package struct ListPartitionReassignmentsRequest: RequestMessage {
    package typealias Response = ListPartitionReassignmentsResponse

    package static let apiKey = ApiKey.listPartitionReassignments
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var timeoutMs: Int32 = 60000
    package var topics: [Topic]?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&timeoutMs)
        try wire.field(&topics)
    }
}

extension ListPartitionReassignmentsRequest {
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

package struct ListPartitionReassignmentsResponse: ResponseMessage {
    package typealias Request = ListPartitionReassignmentsRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&topics)
    }
}

extension ListPartitionReassignmentsResponse {
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
        package var replicas: [Int32] = []
        package var addingReplicas: [Int32] = []
        package var removingReplicas: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&replicas)
            try wire.field(&addingReplicas)
            try wire.field(&removingReplicas)
        }
    }
}
