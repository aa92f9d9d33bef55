/// Names the broker that coordinates a group (key type 0) or a transactional id (1).
package struct FindCoordinatorRequest: RequestMessage {
    package typealias Response = FindCoordinatorResponse

    package static let apiKey = ApiKey.findCoordinator
    package static let versions: ClosedRange<Int16> = 0...3
    package static let flexibleFrom: Int16 = 3

    package var key = ""
    package var keyType: Int8 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&key)
        try wire.field(&keyType, since: 1)
    }
}

package struct FindCoordinatorResponse: ResponseMessage {
    package typealias Request = FindCoordinatorRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var nodeId: Int32 = 0
    package var host = ""
    package var port: Int32 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs, since: 1)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage, since: 1)
        try wire.field(&nodeId)
        try wire.field(&host)
        try wire.field(&port)
    }
}
