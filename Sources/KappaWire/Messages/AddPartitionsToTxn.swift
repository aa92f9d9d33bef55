/// Makes partitions part of a transaction before it writes to them.
package struct AddPartitionsToTxnRequest: RequestMessage {
    package typealias Response = AddPartitionsToTxnResponse

    package static let apiKey = ApiKey.addPartitionsToTxn
    package static let versions: ClosedRange<Int16> = 0...3
    package static let flexibleFrom: Int16 = 3

    package var transactionalId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var topics: [V3AndBelowTopic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactionalId)
        try wire.field(&producerId)
        try wire.field(&producerEpoch)
        try wire.field(&topics)
    }
}

extension AddPartitionsToTxnRequest {
    package struct V3AndBelowTopic: WireStructure {
        package var name = ""
        package var partitions: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&partitions)
        }
    }
}

package struct AddPartitionsToTxnResponse: ResponseMessage {
    package typealias Request = AddPartitionsToTxnRequest

    package var throttleTimeMs: Int32 = 0
    package var resultsByTopic: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&resultsByTopic)
    }
}

extension AddPartitionsToTxnResponse {
    package struct Topic: WireStructure {
        package var name = ""
        package var resultsByPartition: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&resultsByPartition)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0
        package var partitionErrorCode = ErrorCode.noError

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&partitionErrorCode)
        }
    }
}
