/// What stands before the body of every request.
package struct RequestHeader: Equatable, Sendable {
    /// As it was sent: it may be a key that is not known here.
    package var key: Int16
    package var version: Int16
    package var correlationId: Int32
    package var clientId: String?

    package var apiKey: ApiKey? { ApiKey(rawValue: key) }

    package init(key: Int16, version: Int16, correlationId: Int32, clientId: String?) {
        self.key = key
        self.version = version
        self.correlationId = correlationId
        self.clientId = clientId
    }

    /// Reads a header and leaves the reader at the body.
    ///
    /// A key or version that is not served is no error here: the answer to an ApiVersions request of an unknown
    /// version needs the correlation id. Such a request's body must not be read.
    package init(from reader: inout WireReader) throws(WireError) {
        key = try reader.integer(Int16.self)
        version = try reader.integer(Int16.self)
        correlationId = try reader.integer(Int32.self)
        let length = Int(try reader.integer(Int16.self))
        guard length >= -1 else { throw .impossibleLength(length, index: reader.index) }
        // The client's name is shown and never compared, so it is mended where it is not UTF-8.
        // What is mended takes up to three times the bytes, and must fit where names are kept.
        clientId =
            length == -1
            ? nil : String(decoding: try reader.slice(length), as: UTF8.self).cut(toBytes: WireCoder.longestText)
        if let apiKey, apiKey.versions.contains(version), version >= apiKey.flexibleFrom { try reader.skipTags() }
    }

    /// The client's name keeps its old form in flexible headers too, so that a broker can read it in any version.
    func encode(isFlexible: Bool, into writer: inout WireWriter) throws(WireError) {
        writer.append(key)
        writer.append(version)
        writer.append(correlationId)
        guard let length = Int16(exactly: clientId?.utf8.count ?? -1) else {
            throw .tooLongToWrite(clientId?.utf8.count ?? 0, maximum: Int(Int16.max))
        }
        writer.append(length)
        if let clientId { writer.append(contentsOf: clientId.utf8) }
        if isFlexible { writer.append(variableLengthNumber: 0) }
    }
}

/// What stands before the body of every answer.
package struct ResponseHeader: Equatable, Sendable {
    package var correlationId: Int32

    package init(correlationId: Int32) { self.correlationId = correlationId }

    package init(for key: ApiKey, version: Int16, from reader: inout WireReader) throws(WireError) {
        correlationId = try reader.integer(Int32.self)
        if ResponseHeader.hasTags(key, version) { try reader.skipTags() }
    }

    func encode(for key: ApiKey, version: Int16, into writer: inout WireWriter) {
        writer.append(correlationId)
        if ResponseHeader.hasTags(key, version) { writer.append(variableLengthNumber: 0) }
    }

    /// The answer to ApiVersions never has them: its reader does not yet know what the broker speaks (KIP-511).
    private static func hasTags(_ key: ApiKey, _ version: Int16) -> Bool {
        key != .apiVersions && version >= key.flexibleFrom
    }
}
