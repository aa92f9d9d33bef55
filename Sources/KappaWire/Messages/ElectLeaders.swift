/// Asks for elections of leaders.
package struct ElectLeadersRequest: RequestMessage {
    package typealias Response = ElectLeadersResponse

    package static let apiKey = ApiKey.electLeaders
    package static let versions: ClosedRange<Int16> = 0...2
    package static let flexibleFrom: Int16 = 2

    package var electionType: Int8 = 0
    package var topicPartitions: [Topic]?
    package var timeoutMs: Int32 = 60000

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&electionType, since: 1)
        try wire.field(&topicPartitions)
        try wire.field(&timeoutMs)
    }
}

extension ElectLeadersRequest {
    package struct Topic: WireStructure {
        package var topic = ""
        package var partitions: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic)
            try wire.field(&partitions)
        }
    }
}

package struct ElectLeadersResponse: ResponseMessage {
    package typealias Request = ElectLeadersRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var replicaElectionResults: [Result] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode, since: 1)
        try wire.field(&replicaElectionResults)
    }
}

extension ElectLeadersResponse {
    package struct Result: WireStructure {
        package var topic = ""
        package var partitionResult: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic)
            try wire.field(&partitionResult)
        }
    }

    package struct Partition: WireStructure {
        package var partitionId: Int32 = 0
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionId)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
        }
    }
}
