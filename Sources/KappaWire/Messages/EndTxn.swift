/// Commits or aborts a transaction. From version 5 on the producer goes on under the next epoch, which the answer
/// tells, so that nothing late of one transaction can get into the next (KIP-890).
package struct EndTxnRequest: RequestMessage {
    package typealias Response = EndTxnResponse

    package static let apiKey = ApiKey.endTxn
    package static let versions: ClosedRange<Int16> = 0...5
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
    package var producerId: Int64 = -1
    package var producerEpoch: Int16 = -1

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(&producerId, since: 5)
        try wire.field(&producerEpoch, since: 5)
    }
}
