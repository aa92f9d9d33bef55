/// Shows the state of transactions by their ids.
package struct DescribeTransactionsRequest: RequestMessage {
    package typealias Response = DescribeTransactionsResponse

    package static let apiKey = ApiKey.describeTransactions
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var transactionalIds: [String] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactionalIds)
    }
}

package struct DescribeTransactionsResponse: ResponseMessage {
    package typealias Request = DescribeTransactionsRequest

    package var throttleTimeMs: Int32 = 0
    package var transactionStates: [Transaction] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&transactionStates)
    }
}

extension DescribeTransactionsResponse {
    package struct Transaction: WireStructure {
        package var errorCode = ErrorCode.noError
        package var transactionalId = ""
        package var transactionState = ""
        package var transactionTimeoutMs: Int32 = 0
        package var transactionStartTimeMs: Int64 = 0
        package var producerId: Int64 = 0
        package var producerEpoch: Int16 = 0
        package var topics: [Topic] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(&transactionalId)
            try wire.field(&transactionState)
            try wire.field(&transactionTimeoutMs)
            try wire.field(&transactionStartTimeMs)
            try wire.field(&producerId)
            try wire.field(&producerEpoch)
            try wire.field(&topics)
        }
    }

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
