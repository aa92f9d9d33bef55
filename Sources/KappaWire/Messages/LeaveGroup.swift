/// Takes members out of a group: one below version 3, any number from there on.
package struct LeaveGroupRequest: RequestMessage {
    package typealias Response = LeaveGroupResponse

    package static let apiKey = ApiKey.leaveGroup
    package static let versions: ClosedRange<Int16> = 0...4
    package static let flexibleFrom: Int16 = 4

    package var groupId = ""
    package var memberId = ""
    package var members: [Member] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId)
        try wire.field(&memberId, through: 2)
        try wire.field(&members, since: 3)
    }
}

extension LeaveGroupRequest {
    package struct Member: WireStructure {
        package var memberId = ""
        package var groupInstanceId: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&memberId, since: 3)
            try wire.field(&groupInstanceId, since: 3)
        }
    }
}

package struct LeaveGroupResponse: ResponseMessage {
    package typealias Request = LeaveGroupRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var members: [Member] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 1)
        try wire.field(&errorCode)
        try wire.field(&members, since: 3)
    }
}

extension LeaveGroupResponse {
    package struct Member: WireStructure {
        package var memberId = ""
        package var groupInstanceId: String?
        package var errorCode = ErrorCode.noError

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&memberId, since: 3)
            try wire.field(&groupInstanceId, since: 3)
            try wire.field(&errorCode, since: 3)
        }
    }
}
