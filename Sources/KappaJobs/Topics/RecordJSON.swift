import Glibc
package import KappaCore
package import KappaKafka

/// kappa's lossless form of a record, one JSON object on a line:
///
///     {"topic":"monitoring","partition":0,"offset":7,"timestamp":1650060398737,"key":"BH-1","value":"…",
///      "headers":[{"name":"source","value":"site"}]}
///
/// A null is null. Bytes that are not UTF-8 stand under `key_base64`, `value_base64`. Headers keep order and repeats.
package enum RecordJSON {
    package static func write(_ message: Message, topic: String, into writer: inout ByteWriter) {
        write(message, value: message.value, topic: topic, into: &writer)
    }

    /// - Parameter value: the record's value as it is to be read.
    static func write(
        _ message: Message, value: UnsafeRawBufferPointer?, topic: String, into writer: inout ByteWriter
    ) {
        writer.append(literal: "{\"topic\":")
        writer.append(quoted: topic)
        writer.append(literal: ",\"partition\":")
        writer.append(decimal: Int64(message.partition))
        writer.append(literal: ",\"offset\":")
        writer.append(decimal: message.offset)
        if let timestamp = message.timestamp {
            writer.append(literal: ",\"timestamp\":")
            writer.append(decimal: timestamp.milliseconds)
        }
        field("key", message.key, into: &writer)
        field("value", value, into: &writer)
        writer.append(literal: ",\"headers\":[")
        var isFirst = true
        message.forEachHeader { name, value in
            writer.append(literal: isFirst ? "{\"name\":" : ",{\"name\":")
            isFirst = false
            writer.append(quoted: name)
            field("value", value, into: &writer)
            writer.append(UInt8(ascii: "}"))
        }
        writer.append(literal: "]}")
    }

    private static func field(_ name: StaticString, _ bytes: UnsafeRawBufferPointer?, into writer: inout ByteWriter) {
        let isText = bytes.map(UTF8Check.isValid) ?? true
        writer.append(literal: ",\"")
        writer.append(literal: name)
        writer.append(literal: isText ? "\":" : "_base64\":")
        guard let bytes else { return writer.append(literal: "null") }
        guard !isText else { return writer.append(quoted: bytes) }
        writer.append(UInt8(ascii: "\""))
        Base64.write(bytes, into: &writer)
        writer.append(UInt8(ascii: "\""))
    }

    /// A record read back: what `produce --json` sends.
    package struct Parts {
        package var topic: String?
        package var partition: Int32?
        package var offset: Int64?
        package var timestamp: Timestamp?
        package var key: [UInt8]?
        package var value: [UInt8]?
        package var headers: [Header] = []
    }

    package static func read(_ buffer: borrowing JSONBuffer) throws(RecordFailure) -> Parts {
        let value: JSONValue
        do { value = try JSONValue(checking: buffer) } catch {
            throw .malformed("not JSON: \(error)")
        }
        guard value.kind == .object else { throw .malformed("not a JSON object") }
        var parts = Parts()
        parts.topic = value.member("topic").kind == .string ? value.member("topic").text : nil
        let partition = value.member("partition")
        parts.partition = partition.double.flatMap { Int32(exactly: $0) }
        guard parts.partition != nil || partition.kind == .absent || partition.kind == .null else {
            throw .malformed("\"partition\" is no number of a partition")
        }
        parts.offset = Int64(value.member("offset").text)
        parts.timestamp = try timestamp(value.member("timestamp"))
        parts.key = try bytes("key", of: value)
        parts.value = try bytes("value", of: value)
        // A misspelt name would become a null, which deletes the key of a compacted topic.
        guard parts.value != nil || value.member("value").kind == .null else {
            throw .malformed("there is no \"value\" in it; a null is written \"value\":null")
        }
        let headers = value.member("headers")
        if headers.kind == .absent || headers.kind == .null { return parts }
        guard headers.kind == .array else { throw .malformed("\"headers\" is no array") }
        var items = JSONItems(headers)
        while let item = items.next() {
            let name = item.member("name")
            guard item.kind == .object, name.kind == .string else {
                throw .malformed("a header is not {\"name\":…,\"value\":…}")
            }
            parts.headers.append(Header(name: name.text, value: try bytes("value", of: item)))
        }
        return parts
    }

    private static func timestamp(_ value: JSONValue) throws(RecordFailure) -> Timestamp? {
        switch value.kind {
        case .absent, .null: return nil
        case .number:
            if let number = value.double, let milliseconds = Int64(exactly: number) {
                return Timestamp(milliseconds: milliseconds)
            }
        case .string: if let time = Timestamp(rfc3339: value.text) { return time }
        default: break
        }
        throw .malformed("\"timestamp\" is neither milliseconds since 1970 nor RFC 3339")
    }

    private static func bytes(_ name: String, of value: JSONValue) throws(RecordFailure) -> [UInt8]? {
        let encoded = value.member(name + "_base64")
        if encoded.kind == .string {
            guard let bytes = Base64.read(encoded.text) else { throw .malformed("\"\(name)_base64\" is not base64") }
            return bytes
        }
        let plain = value.member(name)
        switch plain.kind {
        case .string: return Array(plain.text.utf8)
        case .null, .absent: return nil
        default: return Array(plain.raw)
        }
    }
}
