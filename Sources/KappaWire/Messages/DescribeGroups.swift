/// Shows the state and the members of groups.
package struct DescribeGroupsRequest: RequestMessage {
    package typealias Response = DescribeGroupsResponse

    package static let apiKey = ApiKey.describeGroups
    package static let versions: ClosedRange<Int16> = 0...6
    package static let flexibleFrom: Int16 = 5

    package var groups: [String] = []
    package var includeAuthorizedOperations = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groups)
        try wire.field(&includeAuthorizedOperations, since: 3)
    }
}

package struct DescribeGroupsResponse: ResponseMessage {
    package typealias Request = DescribeGroupsRequest

    package var throttleTimeMs: Int32 = 0
    package var groups: [Group] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 1)
        try wire.field(&groups)
    }
}

extension DescribeGroupsResponse {
    package struct Group: WireStructure {
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var groupId = ""
        package var groupState = ""
        package var protocolType = ""
        package var protocolData = ""
        package var members: [Member] = []
        package var authorizedOperations: Int32 = .min

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage, since: 6)
            try wire.field(&groupId)
            try wire.field(&groupState)
            try wire.field(&protocolType)
            try wire.field(&protocolData)
            try wire.field(&members)
            try wire.field(&authorizedOperations, since: 3)
        }
    }

    package struct Member: WireStructure {
        package var memberId = ""
        package var groupInstanceId: String?
        package var clientId = ""
        package var clientHost = ""
        package var memberMetadata: [UInt8] = []
        package var memberAssignment: [UInt8] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&memberId)
            try wire.field(&groupInstanceId, since: 4)
            try wire.field(&clientId)
            try wire.field(&clientHost)
            try wire.field(&memberMetadata)
            try wire.field(&memberAssignment)
        }
    }
}
