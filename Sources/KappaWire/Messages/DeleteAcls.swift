/// Takes away the rules of access that fit any of some filters.
package struct DeleteAclsRequest: RequestMessage {
    package typealias Response = DeleteAclsResponse

    package static let apiKey = ApiKey.deleteAcls
    package static let versions: ClosedRange<Int16> = 1...3
    package static let flexibleFrom: Int16 = 2

    package var filters: [Filter] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&filters)
    }
}

extension DeleteAclsRequest {
    package struct Filter: WireStructure {
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
}

package struct DeleteAclsResponse: ResponseMessage {
    package typealias Request = DeleteAclsRequest

    package var throttleTimeMs: Int32 = 0
    package var filterResults: [FilterResult] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&filterResults)
    }
}

extension DeleteAclsResponse {
    package struct FilterResult: WireStructure {
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var matchingAcls: [Acl] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
            try wire.field(&matchingAcls)
        }
    }

    package struct Acl: WireStructure {
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var patternType: Int8 = 3
        package var principal = ""
        package var host = ""
        package var operation: Int8 = 0
        package var permissionType: Int8 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
            try wire.field(&resourceType)
            try wire.field(&resourceName)
            try wire.field(&patternType)
            try wire.field(&principal)
            try wire.field(&host)
            try wire.field(&operation)
            try wire.field(&permissionType)
        }
    }
}
