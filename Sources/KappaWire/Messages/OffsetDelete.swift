/// Deletes a group's offsets of topics that it is not subscribed to.
package struct OffsetDeleteRequest: RequestMessage {
    package typealias Response = OffsetDeleteResponse

    package static let apiKey = ApiKey.offsetDelete
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom = neverFlexible

    package var groupId = ""
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&groupId)
        try wire.field(&topics)
    }
}

extension OffsetDeleteRequest {
    package struct Topic: WireStructure {
        package var name = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
        }
    }
}

package struct OffsetDeleteResponse: ResponseMessage {
    package typealias Request = OffsetDeleteRequest

    package var errorCode = ErrorCode.noError
    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&errorCode)
        try wire.field(&throttleTimeMs)
        try wire.field(&topics)
    }
}

extension OffsetDeleteResponse {
    package struct Topic: WireStructure {
        package var name = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name)
            try wire.field(&partitions)
        }
    }

    package struct Partition: WireStructure {
        package var partitionIndex: Int32 = 0
        package var errorCode = ErrorCode.noError

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&errorCode)
        }
    }
}
