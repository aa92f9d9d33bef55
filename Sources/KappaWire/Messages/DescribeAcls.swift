/// Lists the rules of access that fit a filter.
package struct DescribeAclsRequest: RequestMessage {
    package typealias Response = DescribeAclsResponse

    package static let apiKey = ApiKey.describeAcls
    package static let versions: ClosedRange<Int16> = 1...3
    package static let flexibleFrom: Int16 = 2

    package var resourceTypeFilter: Int8 = 0
    package var resourceNameFilter: String?
    package var patternTypeFilter: Int8 = 3
    package var principalFilter: String?
    package var hostFilter: String?
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&resourceTypeFilter)
        try wire.field(&resourceNameFilter)
        try wire.field(&patternTypeFilter)
        try wire.field(&principalFilter)
        try wire.field(&hostFilter)
        try wire.field(&operation)
        try wire.field(&permissionType)
    }
}

package struct DescribeAclsResponse: ResponseMessage {
    package typealias Request = DescribeAclsRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var resources: [Resource] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&resources)
    }
}

extension DescribeAclsResponse {
    package struct Resource: WireStructure {
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var patternType: Int8 = 3
        package var acls: [Acl] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&resourceType)
            try wire.field(&resourceName)
            try wire.field(&patternType)
            try wire.field(&acls)
        }
    }

    package struct Acl: WireStructure {
        package var principal = ""
        package var host = ""
        package var operation: Int8 = 0
        package var permissionType: Int8 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&principal)
            try wire.field(&host)
            try wire.field(&operation)
            try wire.field(&permissionType)
        }
    }
}
