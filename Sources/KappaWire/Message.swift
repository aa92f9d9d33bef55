/// A request or an answer of Kafka's protocol.
///
/// This module turns bytes into messages and messages into bytes, and does nothing else: no sockets, no clock, no state
/// of topics or groups. A new message is a file in Messages and a case of `ApiKey`, and the tests ask for its fixtures.
///
/// The names of messages and fields are Kafka's own, so that its public documentation explains them; units are in the
/// names there too (`Ms`). Each message's file states its versions at the top.
package protocol Message: WireStructure {
    static var apiKey: ApiKey { get }
    static var versions: ClosedRange<Int16> { get }
    /// The first version with variable-length lengths and tagged fields, or `neverFlexible`.
    static var flexibleFrom: Int16 { get }
}

package protocol RequestMessage: Message {
    associatedtype Response: ResponseMessage where Response.Request == Self
}

package protocol ResponseMessage: Message {
    associatedtype Request: RequestMessage where Request.Response == Self
}

extension ResponseMessage {
    package static var apiKey: ApiKey { Request.apiKey }
    package static var versions: ClosedRange<Int16> { Request.versions }
    package static var flexibleFrom: Int16 { Request.flexibleFrom }
}

package let neverFlexible = Int16.max

extension Message {
    /// Reads the body of a message, which must end where the bytes end. What it borrows from them (record sets) is
    /// valid for as long as they are.
    package init(decoding bytes: UnsafeRawBufferPointer, version: Int16) throws(WireError) {
        try self.init(reading: WireReader(bytes), version: version)
    }

    /// Reads a body and lets be what follows it, as Kafka's own broker does: librdkafka, asking for all topics in
    /// Metadata 9, sends a byte more than the message has.
    package init(decodingStartOf bytes: UnsafeRawBufferPointer, version: Int16) throws(WireError) {
        guard Self.versions.contains(version) else { throw .unsupportedVersion(Self.apiKey, version: version) }
        var wire = WireCoder(reading: WireReader(bytes), version: version, isFlexible: version >= Self.flexibleFrom)
        self.init()
        try code(&wire)
    }

    package init(reading reader: WireReader, version: Int16) throws(WireError) {
        guard Self.versions.contains(version) else { throw .unsupportedVersion(Self.apiKey, version: version) }
        var wire = WireCoder(reading: reader, version: version, isFlexible: version >= Self.flexibleFrom)
        self.init()
        try code(&wire)
        try wire.finish()
    }

    /// Writes the body of a message; a message that cannot be written leaves nothing behind.
    package func encode(version: Int16, into writer: inout WireWriter) throws(WireError) {
        guard Self.versions.contains(version) else { throw .unsupportedVersion(Self.apiKey, version: version) }
        let mark = writer.mark()
        var wire = WireCoder(writing: writer.take(), version: version, isFlexible: version >= Self.flexibleFrom)
        var message = self
        do {
            try message.code(&wire)
            writer = wire.writer.take()
        } catch {
            writer = wire.writer.take()
            writer.takeBack(to: mark)
            throw error
        }
    }
}

extension RequestMessage {
    /// Writes the length, the header and the body.
    package func frame(
        correlationId: Int32, clientId: String?, version: Int16, into writer: inout WireWriter
    ) throws(WireError) {
        let mark = writer.beginFrame()
        do {
            let header = RequestHeader(
                key: Self.apiKey.rawValue, version: version, correlationId: correlationId, clientId: clientId)
            try header.encode(isFlexible: version >= Self.flexibleFrom, into: &writer)
            try encode(version: version, into: &writer)
            try writer.endFrame(mark)
        } catch {
            writer.takeBack(to: mark)
            throw error
        }
    }
}

extension ResponseMessage {
    /// Writes the length, the header and the body.
    package func frame(correlationId: Int32, version: Int16, into writer: inout WireWriter) throws(WireError) {
        let mark = writer.beginFrame()
        do {
            ResponseHeader(correlationId: correlationId).encode(for: Self.apiKey, version: version, into: &writer)
            try encode(version: version, into: &writer)
            try writer.endFrame(mark)
        } catch {
            writer.takeBack(to: mark)
            throw error
        }
    }

    /// Reads what follows the length of a frame.
    package static func decode(
        frame: UnsafeRawBufferPointer, version: Int16
    ) throws(WireError) -> (header: ResponseHeader, body: Self) {
        var reader = WireReader(frame)
        let header = try ResponseHeader(for: apiKey, version: version, from: &reader)
        let body = UnsafeRawBufferPointer(rebasing: frame[reader.index...])
        return (header, try Self(decoding: body, version: version))
    }
}
