/// Lists transactions, those in certain states or of certain producers alone if asked.
package struct ListTransactionsRequest: RequestMessage {
    package typealias Response = ListTransactionsResponse

    package static let apiKey = ApiKey.listTransactions
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var stateFilters: [String] = []
    package var producerIdFilters: [Int64] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&stateFilters)
        try wire.field(&producerIdFilters)
    }
}

package struct ListTransactionsResponse: ResponseMessage {
    package typealias Request = ListTransactionsRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var unknownStateFilters: [String] = []
    package var transactionStates: [Transaction] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(&unknownStateFilters)
        try wire.field(&transactionStates)
    }
}

extension ListTransactionsResponse {
    package struct Transaction: WireStructure {
        package var transactionalId = ""
        package var producerId: Int64 = 0
        package var transactionState = ""

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&transactionalId)
            try wire.field(&producerId)
            try wire.field(&transactionState)
        }
    }
}
