/// Enters a consumer group; the answer comes when all its members have.
package struct JoinGroupRequest: RequestMessage {
    package typealias Response = JoinGroupResponse

    package static let apiKey = ApiKey.joinGroup
    package static let versions: ClosedRange<Int16> = 0...7
    package static let flexibleFrom: Int16 = 6

    package var groupId = ""
    package var sessionTimeoutMs: Int32 = 0
    package var rebalanceTimeoutMs: Int32 = -1
    package var memberId = ""
    package var groupInstanceId: String?
    package var protocolType = ""
    package var protocols: [GroupProtocol] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId)
        try wire.field(&sessionTimeoutMs)
        try wire.field(&rebalanceTimeoutMs, since: 1)
        try wire.field(&memberId)
        try wire.field(&groupInstanceId, since: 5)
        try wire.field(&protocolType)
        try wire.field(&protocols)
    }
}

extension JoinGroupRequest {
    package struct GroupProtocol: WireStructure {
        package var name = ""
        package var metadata: [UInt8] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&metadata)
        }
    }
}

package struct JoinGroupResponse: ResponseMessage {
    package typealias Request = JoinGroupRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var generationId: Int32 = -1
    package var protocolType: String?
    package var protocolName: String?
    package var leader = ""
    package var memberId = ""
    package var members: [Member] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 2)
        try wire.field(&errorCode)
        try wire.field(&generationId)
        try wire.field(&protocolType, since: 7)
        try wire.field(&protocolName, nullSince: 7)
        try wire.field(&leader)
        try wire.field(&memberId)
        try wire.field(&members)
    }
}

extension JoinGroupResponse {
    package struct Member: WireStructure {
        package var memberId = ""
        package var groupInstanceId: String?
        package var metadata: [UInt8] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&memberId)
            try wire.field(&groupInstanceId, since: 5)
            try wire.field(&metadata)
        }
    }
}
