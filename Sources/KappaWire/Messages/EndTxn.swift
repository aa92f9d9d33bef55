/// Commits or aborts a transaction.
package struct EndTxnRequest: RequestMessage {
    package typealias Response = EndTxnResponse

    package static let apiKey = ApiKey.endTxn
    package static let versions: ClosedRange<Int16> = 0...3
    package static let flexibleFrom: Int16 = 3

    package var transactionalId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var committed = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactionalId)
        try wire.field(&producerId)
        try wire.field(&producerEpoch)
        try wire.field(&committed)
    }
}

package struct EndTxnResponse: ResponseMessage {
    package typealias Request = EndTxnRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
    }
}
