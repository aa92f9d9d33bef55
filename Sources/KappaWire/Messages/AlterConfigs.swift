/// Replaces all settings of a resource; those not named fall back to their defaults.
package struct AlterConfigsRequest: RequestMessage {
    package typealias Response = AlterConfigsResponse

    package static let apiKey = ApiKey.alterConfigs
    package static let versions: ClosedRange<Int16> = 0...2
    package static let flexibleFrom: Int16 = 2

    package var resources: [Resource] = []
    package var validateOnly = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&resources)
        try wire.field(&validateOnly)
    }
}

extension AlterConfigsRequest {
    package struct Resource: WireStructure {
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var configs: [Config] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&resourceType)
            try wire.field(&resourceName)
            try wire.field(&configs)
        }
    }

    package struct Config: WireStructure {
        package var name = ""
        package var value: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&value)
        }
    }
}

package struct AlterConfigsResponse: ResponseMessage {
    package typealias Request = AlterConfigsRequest

    package var throttleTimeMs: Int32 = 0
    package var responses: [Resource] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&responses)
    }
}

extension AlterConfigsResponse {
    package struct Resource: WireStructure {
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var resourceType: Int8 = 0
        package var resourceName = ""

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
            try wire.field(&resourceType)
            try wire.field(&resourceName)
        }
    }
}
