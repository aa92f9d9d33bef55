/// Appends record batches to partitions.
///
/// Versions below 3 are advertised by the broker, so that old clients compress, and never served: they carry older
/// record formats. From version 13 topics go by id instead of name. With `acks` 0 there is no answer.
package struct ProduceRequest: RequestMessage {
    package typealias Response = ProduceResponse

    package static let apiKey = ApiKey.produce
    package static let versions: ClosedRange<Int16> = 3...13
    package static let flexibleFrom: Int16 = 9

    package var transactionalId: String?
    package var acks: Int16 = 0
    package var timeoutMs: Int32 = 0
    package var topicData: [Topic] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&transactionalId)
        try wire.field(&acks)
        try wire.field(&timeoutMs)
        try wire.field(&topicData)
    }
}

extension ProduceRequest {
    package struct Topic: WireStructure {
        package var name = ""
        package var topicId = WireUUID()
        package var partitionData: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name, through: 12)
            try wire.field(&topicId, since: 13)
            try wire.field(&partitionData)
        }
    }

    package struct Partition: WireStructure {
        package var index: Int32 = 0
        package var records: UnsafeRawBufferPointer?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&index)
            try wire.field(&records)
        }
    }
}

package struct ProduceResponse: ResponseMessage {
    package typealias Request = ProduceRequest

    package var responses: [Topic] = []
    package var throttleTimeMs: Int32 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&responses)
        try wire.field(&throttleTimeMs)
    }
}

extension ProduceResponse {
    package struct Topic: WireStructure {
        package var name = ""
        package var topicId = WireUUID()
        package var partitionResponses: [Partition] = []

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&name, through: 12)
            try wire.field(&topicId, since: 13)
            try wire.field(&partitionResponses)
        }
    }

    package struct Partition: WireStructure {
        package var index: Int32 = 0
        package var errorCode = ErrorCode.noError
        package var baseOffset: Int64 = 0
        package var logAppendTimeMs: Int64 = -1
        package var logStartOffset: Int64 = -1
        package var recordErrors: [RecordError] = []
        package var errorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&index)
            try wire.field(&errorCode)
            try wire.field(&baseOffset)
            try wire.field(&logAppendTimeMs)
            try wire.field(&logStartOffset, since: 5)
            try wire.field(&recordErrors, since: 8)
            try wire.field(words: &errorMessage, since: 8)
        }
    }

    package struct RecordError: WireStructure {
        package var batchIndex: Int32 = 0
        package var batchIndexErrorMessage: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&batchIndex, since: 8)
            try wire.field(words: &batchIndexErrorMessage, since: 8)
        }
    }
}
