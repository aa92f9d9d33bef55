/// Changes single settings: operation 0 sets, 1 deletes, 2 appends to a list, 3 subtracts from one.
package struct IncrementalAlterConfigsRequest: RequestMessage {
    package typealias Response = IncrementalAlterConfigsResponse

    package static let apiKey = ApiKey.incrementalAlterConfigs
    package static let versions: ClosedRange<Int16> = 0...1
    package static let flexibleFrom: Int16 = 1

    package var resources: [Resource] = []
    package var validateOnly = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&resources)
        try wire.field(&validateOnly)
    }
}

extension IncrementalAlterConfigsRequest {
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
        package var configOperation: Int8 = 0
        package var value: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&configOperation)
            try wire.field(&value)
        }
    }
}

package struct IncrementalAlterConfigsResponse: ResponseMessage {
    package typealias Request = IncrementalAlterConfigsRequest

    package var throttleTimeMs: Int32 = 0
    package var responses: [Resource] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&responses)
    }
}

extension IncrementalAlterConfigsResponse {
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
