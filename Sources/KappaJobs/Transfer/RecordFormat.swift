import Glibc
package import KappaCore
package import KappaKafka

/// How a record is printed: kcat's tokens, compiled once.
///
///     %s value   %S its length, -1 for null   %R the same as four bytes   %k key   %K its length
///     %T time in ms   %{time} in RFC 3339   %t topic   %p partition   %o offset   %h headers   %% a percent sign
package struct RecordFormat: Sendable {
    package enum Piece: Sendable, Equatable {
        case literal([UInt8])
        case value, valueLength, valueLengthBinary, key, keyLength, milliseconds, time, topic, partition, offset,
            headers
    }

    package var pieces: [Piece]
    /// What stands for a null; nothing unless asked for.
    package var null: [UInt8] = []
    /// On a terminal what records hold is written out where it would steer it; into a pipe it goes as it is.
    package var isForTerminal = false

    package init(pieces: [Piece]) { self.pieces = pieces }

    package init(word: String) throws(WordError) {
        pieces = []
        var literal = ""
        var rest = Substring(word)
        while let character = rest.popFirst() {
            guard character == "%" else {
                literal.append(character)
                continue
            }
            guard let piece = try RecordFormat.token(&rest, word) else {
                literal.append("%")
                continue
            }
            if !literal.isEmpty { pieces.append(.literal(try ByteEscapes.decode(literal))) }
            literal = ""
            pieces.append(piece)
        }
        if !literal.isEmpty { pieces.append(.literal(try ByteEscapes.decode(literal))) }
    }

    private static let tokens: [Character: Piece] = [
        "s": .value, "S": .valueLength, "R": .valueLengthBinary, "k": .key, "K": .keyLength, "T": .milliseconds,
        "t": .topic, "p": .partition, "o": .offset, "h": .headers,
    ]

    /// The piece that a percent sign begins; nil for `%%`.
    private static func token(_ rest: inout Substring, _ word: String) throws(WordError) -> Piece? {
        guard let character = rest.popFirst() else { throw WordError("'\(word)' ends with a lone %") }
        if character == "%" { return nil }
        if let piece = tokens[character] { return piece }
        if character == "{", rest.hasPrefix("time}") {
            rest = rest.dropFirst(5)
            return .time
        }
        throw WordError(
            "'%\(character)' is not a token",
            hint: "%s value %k key %t topic %p partition %o offset %T ms %{time} %h headers %S %K lengths %% percent")
    }

    /// - Parameter value: the record's value as it is to be read.
    package func write(
        _ message: Message, value: UnsafeRawBufferPointer?, topic: String, into writer: inout ByteWriter
    ) {
        for piece in pieces {
            switch piece {
            case .literal(let bytes): bytes.withUnsafeBytes { writer.append($0) }
            case .value: write(value, into: &writer)
            case .key: write(message.key, into: &writer)
            case .valueLength: writer.append(decimal: value.map { Int64($0.count) } ?? -1)
            case .keyLength: writer.append(decimal: message.key.map { Int64($0.count) } ?? -1)
            case .valueLengthBinary:
                let length = UInt32(bitPattern: value.map { Int32(clamping: $0.count) } ?? -1).bigEndian
                withUnsafeBytes(of: length) { writer.append($0) }
            case .milliseconds: writer.append(decimal: message.timestamp?.milliseconds ?? -1)
            case .time: if let time = message.timestamp { writer.append(time: time) }
            case .topic: writer.append(text: topic)
            case .partition: writer.append(decimal: Int64(message.partition))
            case .offset: writer.append(decimal: message.offset)
            case .headers: writeHeaders(message, into: &writer)
            }
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer?, into writer: inout ByteWriter) {
        if let bytes { return writeForeign(bytes, into: &writer) }
        null.withUnsafeBytes { writer.append($0) }
    }

    private func writeForeign(_ bytes: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        if isForTerminal { writer.append(text: ForeignText.lines(bytes)) } else { writer.append(bytes) }
    }

    /// `name=value,name=value`, as kcat prints them; a null value is NULL.
    private func writeHeaders(_ message: Message, into writer: inout ByteWriter) {
        var isFirst = true
        message.forEachHeader { name, value in
            if !isFirst { writer.append(UInt8(ascii: ",")) }
            isFirst = false
            writeForeign(name, into: &writer)
            writer.append(UInt8(ascii: "="))
            if let value { writeForeign(value, into: &writer) } else { writer.append(literal: "NULL") }
        }
    }
}
