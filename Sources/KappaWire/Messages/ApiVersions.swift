/// Tells which versions of which requests are served: the first request of most clients.
///
/// An unknown version is answered in the form of version 0 with UNSUPPORTED_VERSION (35) and the list, and the header
/// of the answer is that of version 0 always (KIP-511). The optional feature lists of version 3 are not written.
package struct ApiVersionsRequest: RequestMessage {
    package typealias Response = ApiVersionsResponse

    package static let apiKey = ApiKey.apiVersions
    package static let versions: ClosedRange<Int16> = 0...3
    package static let flexibleFrom: Int16 = 3

    package var clientSoftwareName = ""
    package var clientSoftwareVersion = ""

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&clientSoftwareName, since: 3)
        try wire.field(&clientSoftwareVersion, since: 3)
    }
}

package struct ApiVersionsResponse: ResponseMessage {
    package typealias Request = ApiVersionsRequest

    package var errorCode = ErrorCode.noError
    package var apiKeys: [ApiVersion] = []
    package var throttleTimeMs: Int32 = 0

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&errorCode)
        try wire.field(&apiKeys)
        try wire.field(&throttleTimeMs, since: 1)
    }
}

extension ApiVersionsResponse {
    package struct ApiVersion: WireStructure {
        package var apiKey: Int16 = 0
        package var minVersion: Int16 = 0
        package var maxVersion: Int16 = 0

        package init() {}

        package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
            try wire.field(&apiKey)
            try wire.field(&minVersion)
            try wire.field(&maxVersion)
        }
    }
}
