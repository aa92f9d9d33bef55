/// Carries the leader's assignment to the members of a group.
package struct SyncGroupRequest: RequestMessage {
    package typealias Response = SyncGroupResponse

    package static let apiKey = ApiKey.syncGroup
    package static let versions: ClosedRange<Int16> = 0...5
    package static let flexibleFrom: Int16 = 4

    package var groupId = ""
    package var generationId: Int32 = 0
    package var memberId = ""
    package var groupInstanceId: String?
    package var protocolType: String?
    package var protocolName: String?
    package var assignments: [Assignment] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId)
        try wire.field(&generationId)
        try wire.field(&memberId)
        try wire.field(&groupInstanceId, since: 3)
        try wire.field(&protocolType, since: 5)
        try wire.field(&protocolName, since: 5)
        try wire.field(&assignments)
    }
}

extension SyncGroupRequest {
    package struct Assignment: WireStructure {
        package var memberId = ""
        package var assignment: [UInt8] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&memberId)
            try wire.field(&assignment)
        }
    }
}

package struct SyncGroupResponse: ResponseMessage {
    package typealias Request = SyncGroupRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var protocolType: String?
    package var protocolName: String?
    package var assignment: [UInt8] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 1)
        try wire.field(&errorCode)
        try wire.field(&protocolType, since: 5)
        try wire.field(&protocolName, since: 5)
        try wire.field(&assignment)
    }
}
