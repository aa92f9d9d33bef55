/// Makes partitions part of a transaction before it writes to them.
///
/// Up to version 3 it is a client's, of one transaction. From 4 on it is a broker's, of several, and may only ask
/// whether the partitions are part of them (KIP-890).
package struct AddPartitionsToTxnRequest: RequestMessage {
    package typealias Response = AddPartitionsToTxnResponse

    package static let apiKey = ApiKey.addPartitionsToTxn
    package static let versions: ClosedRange<Int16> = 0...5
    package static let flexibleFrom: Int16 = 3

    package var transactionalId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var topics: [V3AndBelowTopic] = []
    package var transactions: [Transaction] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactions, since: 4)
        try wire.field(&transactionalId, through: 3)
        try wire.field(&producerId, through: 3)
        try wire.field(&producerEpoch, through: 3)
        try wire.field(&topics, through: 3)
    }
}

extension AddPartitionsToTxnRequest {
    package struct Transaction: WireStructure {
        package var transactionalId = ""
        package var producerId: Int64 = 0
        package var producerEpoch: Int16 = 0
        package var verifyOnly = false
        package var topics: [V3AndBelowTopic] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&transactionalId)
            try wire.field(&producerId)
            try wire.field(&producerEpoch)
            try wire.field(&verifyOnly)
            try wire.field(&topics)
        }
    }

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
    package var errorCode = ErrorCode.noError
    package var resultsByTransaction: [Transaction] = []
    package var resultsByTopic: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode, since: 4)
        try wire.field(&resultsByTransaction, since: 4)
        try wire.field(&resultsByTopic, through: 3)
    }
}

extension AddPartitionsToTxnResponse {
    package struct Transaction: WireStructure {
        package var transactionalId = ""
        package var topicResults: [Topic] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&transactionalId)
            try wire.field(&topicResults)
        }
    }

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
