/// Tells which versions of which requests are served: the first request of most clients.
///
/// An unknown version is answered in the form of version 0 with UNSUPPORTED_VERSION (35) and the list, and the header
/// of the answer is that of version 0 always (KIP-511). The feature lists are tagged fields of version 3.
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
    /// Written in tagged fields from version 3 on, and read by nobody here.
    package var features: [Feature] = []

    package init() {}

    package mutating func fields(_ wire: inout WireCoder) throws(WireError) {
        try wire.field(&errorCode)
        try wire.field(&apiKeys)
        try wire.field(&throttleTimeMs, since: 1)
    }

    /// Tag 0 tells what features there are, 1 since when they are in force, and 2 which are.
    package mutating func code(_ wire: inout WireCoder) throws(WireError) {
        try fields(&wire)
        guard !features.isEmpty else { return try wire.tags() }
        try wire.tags([
            (0, Feature.supported(features)), (1, [UInt8](repeating: 0, count: 8)), (2, Feature.inForce(features)),
        ])
    }
}

extension ApiVersionsResponse {
    /// A property of the whole cluster, with the versions that it may have; the last is in force.
    package struct Feature: Sendable {
        package var name: String
        package var versions: ClosedRange<Int16>

        package init(name: String, versions: ClosedRange<Int16>) {
            self.name = name
            self.versions = versions
        }

        /// Name, lowest and highest version of what there is.
        fileprivate static func supported(_ features: [Feature]) -> [UInt8] {
            list(features) { [$0.versions.lowerBound, $0.versions.upperBound] }
        }

        /// Name, highest and lowest version in force, which are one.
        fileprivate static func inForce(_ features: [Feature]) -> [UInt8] {
            list(features) { [$0.versions.upperBound, $0.versions.upperBound] }
        }

        private static func list(_ features: [Feature], _ numbers: (Feature) -> [Int16]) -> [UInt8] {
            var writer = WireWriter()
            writer.append(variableLengthNumber: UInt32(features.count + 1))
            for feature in features {
                writer.append(variableLengthNumber: UInt32(feature.name.utf8.count + 1))
                writer.append(contentsOf: feature.name.utf8)
                for number in numbers(feature) { writer.append(number) }
                writer.append(variableLengthNumber: 0)
            }
            return writer.bytes
        }
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
