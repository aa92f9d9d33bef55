/// Names the brokers and the controller.
package struct DescribeClusterRequest: RequestMessage {
    package typealias Response = DescribeClusterResponse

    package static let apiKey = ApiKey.describeCluster
    package static let versions: ClosedRange<Int16> = 0...0
    package static let flexibleFrom: Int16 = 0

    package var includeClusterAuthorizedOperations = false

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&includeClusterAuthorizedOperations)
    }
}

package struct DescribeClusterResponse: ResponseMessage {
    package typealias Request = DescribeClusterRequest

    package var throttleTimeMs: Int32 = 0
    package var errorCode = ErrorCode.noError
    package var errorMessage: String?
    package var clusterId = ""
    package var controllerId: Int32 = -1
    package var brokers: [Broker] = []
    package var clusterAuthorizedOperations: Int32 = .min

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&throttleTimeMs)
        try wire.field(&errorCode)
        try wire.field(words: &errorMessage)
        try wire.field(&clusterId)
        try wire.field(&controllerId)
        try wire.field(&brokers)
        try wire.field(&clusterAuthorizedOperations)
    }
}

extension DescribeClusterResponse {
    package struct Broker: WireStructure {
        package var brokerId: Int32 = 0
        package var host = ""
        package var port: Int32 = 0
        package var rack: String?

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&brokerId)
            try wire.field(&host)
            try wire.field(&port)
            try wire.field(&rack)
        }
    }
}
