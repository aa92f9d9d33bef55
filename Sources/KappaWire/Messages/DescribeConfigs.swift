/// Shows the settings of topics and brokers; null configuration keys mean all of them.
package struct DescribeConfigsRequest: RequestMessage {
    package typealias Response = DescribeConfigsResponse

    package static let apiKey = ApiKey.describeConfigs
    package static let versions: ClosedRange<Int16> = 1...4
    package static let flexibleFrom: Int16 = 4

    package var resources: [Resource] = []
    package var includeSynonyms = false
    package var includeDocumentation = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&resources)
        try wire.field(&includeSynonyms)
        try wire.field(&includeDocumentation, since: 3)
    }
}

extension DescribeConfigsRequest {
    package struct Resource: WireStructure {
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var configurationKeys: [String]?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&resourceType)
            try wire.field(&resourceName)
            try wire.field(&configurationKeys)
        }
    }
}

package struct DescribeConfigsResponse: ResponseMessage {
    package typealias Request = DescribeConfigsRequest

    package var throttleTimeMs: Int32 = 0
    package var results: [Resource] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&results)
    }
}

extension DescribeConfigsResponse {
    package struct Resource: WireStructure {
        package var errorCode = ErrorCode.noError
        package var errorMessage: String?
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var configs: [Config] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(words: &errorMessage)
            try wire.field(&resourceType)
            try wire.field(&resourceName)
            try wire.field(&configs)
        }
    }

    package struct Config: WireStructure {
        package var name = ""
        package var value: String?
        package var readOnly = false
        package var configSource: Int8 = -1
        package var isSensitive = false
        package var synonyms: [Synonym] = []
        package var configType: Int8 = 0
        package var documentation: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&value)
            try wire.field(&readOnly)
            try wire.field(&configSource)
            try wire.field(&isSensitive)
            try wire.field(&synonyms)
            try wire.field(&configType, since: 3)
            try wire.field(&documentation, since: 3)
        }
    }

    package struct Synonym: WireStructure {
        package var name = ""
        package var value: String?
        package var source: Int8 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&value)
            try wire.field(&source)
        }
    }
}
