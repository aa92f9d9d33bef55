/// Lists transactions, those in certain states or of certain producers alone if asked.
package struct ListTransactionsRequest: RequestMessage {
    package typealias Response = ListTransactionsResponse

    package static let apiKey = ApiKey.listTransactions
    package static let versions: ClosedRange<Int16> = 0...2
    package static let flexibleFrom: Int16 = 0

    package var stateFilters: [String] = []
    package var producerIdFilters: [Int64] = []
    /// In milliseconds; what began later than so long ago is left out. Below zero for no filter.
    package var durationFilter: Int64 = -1
    package var transactionalIdPattern: String?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&stateFilters)
        try wire.field(&producerIdFilters)
        try wire.field(&durationFilter, since: 1)
        try wire.field(&transactionalIdPattern, since: 2)
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
