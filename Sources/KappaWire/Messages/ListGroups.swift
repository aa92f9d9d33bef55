/// Lists the groups, those in certain states alone if asked.
package struct ListGroupsRequest: RequestMessage {
    package typealias Response = ListGroupsResponse

    package static let apiKey = ApiKey.listGroups
    package static let versions: ClosedRange<Int16> = 0...5
    package static let flexibleFrom: Int16 = 3

    package var statesFilter: [String] = []
    package var typesFilter: [String] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&statesFilter, since: 4)
        try wire.field(&typesFilter, since: 5)
    }
}

package struct ListGroupsResponse: ResponseMessage {
    package typealias Request = ListGroupsRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var groups: [Group] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 1)
        try wire.field(&errorCode)
        try wire.field(&groups)
    }
}

extension ListGroupsResponse {
    package struct Group: WireStructure {
        package var groupId = ""
        package var protocolType = ""
        package var groupState = ""
        package var groupType = ""

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&groupId)
            try wire.field(&protocolType)
            try wire.field(&groupState, since: 4)
            try wire.field(&groupType, since: 5)
        }
    }
}
