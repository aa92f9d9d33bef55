/// Shows the producers active on partitions.
package struct DescribeProducersRequest: RequestMessage {
    package typealias Response = DescribeProducersResponse

    package static let apiKey = ApiKey.describeProducers
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topics)
    }
}

extension DescribeProducersRequest {
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

package struct DescribeProducersResponse: ResponseMessage {
    package typealias Request = DescribeProducersRequest

    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&topics)
    }
}

extension DescribeProducersResponse {
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
        package var activeProducers: [Producer] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
            try wire.field(&activeProducers)
        }
    }

    package struct Producer: WireStructure {
        package var producerId: Int64 = 0
        package var producerEpoch: Int32 = 0
        package var lastSequence: Int32 = -1
        package var lastTimestamp: Int64 = -1
        package var coordinatorEpoch: Int32 = 0
        package var currentTxnStartOffset: Int64 = -1

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&producerId)
            try wire.field(&producerEpoch)
            try wire.field(&lastSequence)
            try wire.field(&lastTimestamp)
            try wire.field(&coordinatorEpoch)
            try wire.field(&currentTxnStartOffset)
        }
    }
}
