/// Keeps a member in its group, and tells it of a rebalance.
package struct HeartbeatRequest: RequestMessage {
    package typealias Response = HeartbeatResponse

    package static let apiKey = ApiKey.heartbeat
    package static let versions: ClosedRange<Int16> = 0...4
    package static let flexibleFrom: Int16 = 4

    package var groupId = ""
    package var generationId: Int32 = 0
    package var memberId = ""
    package var groupInstanceId: String?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId)
        try wire.field(&generationId)
        try wire.field(&memberId)
        try wire.field(&groupInstanceId, since: 3)
    }
}

package struct HeartbeatResponse: ResponseMessage {
    package typealias Request = HeartbeatRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 1)
        try wire.field(&errorCode)
    }
}
