/// Hands out a producer id, or the next epoch of a transactional one.
package struct InitProducerIdRequest: RequestMessage {
    package typealias Response = InitProducerIdResponse

    package static let apiKey = ApiKey.initProducerId
    package static let versions: ClosedRange<Int16> = 0...5
    package static let flexibleFrom: Int16 = 2

    package var transactionalId: String?
    package var transactionTimeoutMs: Int32 = 0
    package var producerId: Int64 = -1
    package var producerEpoch: Int16 = -1

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactionalId)
        try wire.field(&transactionTimeoutMs)
        try wire.field(&producerId, since: 3)
        try wire.field(&producerEpoch, since: 3)
    }
}

package struct InitProducerIdResponse: ResponseMessage {
    package typealias Request = InitProducerIdRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var producerId: Int64 = -1
    package var producerEpoch: Int16 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(&producerId)
        try wire.field(&producerEpoch)
    }
}
