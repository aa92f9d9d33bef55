import KappaCore
import KappaKafka

/// A record's headers as a JSON array of `[name, value]`, null where there are none.
struct RawHeaders: ~Copyable {
    private var writer = ByteWriter()

    mutating func withJSON(of message: Message, _ body: (UnsafeRawBufferPointer?) -> Void) {
        writer.removeAll()
        let headers = message.headers
        guard !headers.isEmpty else { return body(nil) }
        for (index, header) in headers.enumerated() {
            writer.append(literal: index == 0 ? "[[" : ",[")
            writer.append(quoted: header.name)
            writer.append(literal: ",")
            if let value = header.value {
                // A value that is not UTF-8 keeps its place; its bytes are shown as U+FFFD.
                writer.append(quoted: String(decoding: value, as: UTF8.self))
            } else {
                writer.append(literal: "null")
            }
            writer.append(literal: "]")
        }
        writer.append(literal: "]")
        body(writer.bytes)
    }
}
