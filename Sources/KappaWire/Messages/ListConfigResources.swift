/// Lists what has settings. Version 0 knew client metrics alone.
package struct ListConfigResourcesRequest: RequestMessage {
    package typealias Response = ListConfigResourcesResponse

    package static let apiKey = ApiKey.listConfigResources
    package static let versions: ClosedRange<Int16> = 0...1
    package static let flexibleFrom: Int16 = 0

    package var resourceTypes: [Int8] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&resourceTypes, since: 1)
    }
}

package struct ListConfigResourcesResponse: ResponseMessage {
    package typealias Request = ListConfigResourcesRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var configResources: [Resource] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(&configResources)
    }
}

extension ListConfigResourcesResponse {
    package struct Resource: WireStructure {
        package var resourceName = ""
        package var resourceType: Int8 = 16

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&resourceName)
            try wire.field(&resourceType, since: 1)
        }
    }
}
