/// Shows the data folders, and how much of them each partition takes.
package struct DescribeLogDirsRequest: RequestMessage {
    package typealias Response = DescribeLogDirsResponse

    package static let apiKey = ApiKey.describeLogDirs
    package static let versions: ClosedRange<Int16> = 1...4
    package static let flexibleFrom: Int16 = 2

    package var topics: [Topic]?

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&topics)
    }
}

extension DescribeLogDirsRequest {
    package struct Topic: WireStructure {
        package var topic = ""
        package var partitions: [Int32] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&topic)
            try wire.field(&partitions)
        }
    }
}

package struct DescribeLogDirsResponse: ResponseMessage {
    package typealias Request = DescribeLogDirsRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var results: [Folder] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode, since: 3)
        try wire.field(&results)
    }
}

extension DescribeLogDirsResponse {
    package struct Folder: WireStructure {
        package var errorCode = ErrorCode.noError
        package var logDir = ""
        package var topics: [Topic] = []
        package var totalBytes: Int64 = -1
        package var usableBytes: Int64 = -1

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&errorCode)
            try wire.field(&logDir)
            try wire.field(&topics)
            try wire.field(&totalBytes, since: 4)
            try wire.field(&usableBytes, since: 4)
        }
    }

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
        package var partitionSize: Int64 = 0
        package var offsetLag: Int64 = 0
        package var isFutureKey = false

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&partitionIndex)
            try wire.field(&partitionSize)
            try wire.field(&offsetLag)
            try wire.field(&isFutureKey)
        }
    }
}
