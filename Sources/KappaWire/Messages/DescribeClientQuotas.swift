/// Lists quotas.
package struct DescribeClientQuotasRequest: RequestMessage {
    package typealias Response = DescribeClientQuotasResponse

    package static let apiKey = ApiKey.describeClientQuotas
    package static let versions: ClosedRange<Int16> = 0...1
    package static let flexibleFrom: Int16 = 1

    package var components: [Component] = []
    package var strict = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&components)
        try wire.field(&strict)
    }
}

extension DescribeClientQuotasRequest {
    package struct Component: WireStructure {
        package var entityType = ""
        package var matchType: Int8 = 0
        package var match: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&entityType)
            try wire.field(&matchType)
            try wire.field(&match)
        }
    }
}

package struct DescribeClientQuotasResponse: ResponseMessage {
    package typealias Request = DescribeClientQuotasRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var entries: [Entry]?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&entries)
    }
}

extension DescribeClientQuotasResponse {
    package struct Entry: WireStructure {
        package var entity: [Entity] = []
        package var values: [Value] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&entity)
            try wire.field(&values)
        }
    }

    package struct Entity: WireStructure {
        package var entityType = ""
        package var entityName: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&entityType)
            try wire.field(&entityName)
        }
    }

    package struct Value: WireStructure {
        package var key = ""
        package var value: Double = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&key)
            try wire.field(&value)
        }
    }
}
