/// Deletes empty groups and their offsets.
package struct DeleteGroupsRequest: RequestMessage {
    package typealias Response = DeleteGroupsResponse

    package static let apiKey = ApiKey.deleteGroups
    package static let versions: ClosedRange<Int16> = 0...2
    package static let flexibleFrom: Int16 = 2

    package var groupsNames: [String] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupsNames)
    }
}

package struct DeleteGroupsResponse: ResponseMessage {
    package typealias Request = DeleteGroupsRequest

    package var throttleTimeMs: Int32 = 0
    package var results: [Group] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&results)
    }
}

extension DeleteGroupsResponse {
    package struct Group: WireStructure {
        package var groupId = ""
        package var errorCode = ErrorCode.noError

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&groupId)
            try wire.field(&errorCode)
        }
    }
}
