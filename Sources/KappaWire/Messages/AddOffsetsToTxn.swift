/// Makes a group's offsets part of a transaction.
package struct AddOffsetsToTxnRequest: RequestMessage {
    package typealias Response = AddOffsetsToTxnResponse

    package static let apiKey = ApiKey.addOffsetsToTxn
    package static let versions: ClosedRange<Int16> = 0...4
    package static let flexibleFrom: Int16 = 3

    package var transactionalId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var groupId = ""

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactionalId)
        try wire.field(&producerId)
        try wire.field(&producerEpoch)
        try wire.field(&groupId)
    }
}

package struct AddOffsetsToTxnResponse: ResponseMessage {
    package typealias Request = AddOffsetsToTxnRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
    }
}
