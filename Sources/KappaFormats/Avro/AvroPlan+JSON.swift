package import KappaCore

extension AvroPlan {
    /// Appends the value as JSON; the bytes must hold it and nothing else.
    package func appendJSON(_ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter) throws(AvroFault) {
        var cursor = AvroCursor(bytes)
        try write(root, &cursor, &writer, depth: 0)
        guard cursor.remaining == 0 else { throw .trailingBytes }
    }

    /// Appends one value of several, and tells how many bytes it took.
    func appendJSON(first bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter) throws(AvroFault) -> Int {
        var cursor = AvroCursor(bytes)
        try write(root, &cursor, &writer, depth: 0)
        return bytes.count - cursor.remaining
    }

    func write(
        _ step: Int32, _ cursor: inout AvroCursor, _ writer: inout ByteWriter, depth: Int
    ) throws(AvroFault) {
        switch steps[Int(step)] {
        case .null: writer.append(literal: "null")
        case .boolean: writer.append(text: try cursor.boolean() ? "true" : "false")
        case .int: writer.append(decimal: Int64(try cursor.int()))
        case .long: writer.append(decimal: try cursor.long())
        case .float: AvroPlan.write(Double(try cursor.float()), &writer)
        case .double: AvroPlan.write(try cursor.double(), &writer)
        case .intAsFloat: AvroPlan.write(Double(Float(try cursor.int())), &writer)
        case .intAsDouble: AvroPlan.write(Double(try cursor.int()), &writer)
        case .longAsFloat: AvroPlan.write(Double(Float(try cursor.long())), &writer)
        case .longAsDouble: AvroPlan.write(Double(try cursor.long()), &writer)
        case .string, .bytesAsString: writer.append(quoted: try cursor.string())
        case .bytes: writer.append(codePoints: try cursor.bytes())
        case .stringAsBytes: writer.append(codePoints: try cursor.string())
        case .fixed(let size): writer.append(codePoints: try cursor.take(Int(size)))
        case .symbols(let first, let count):
            let symbol = symbols[Int(first) + (try cursor.index(below: Int(count), or: .badSymbol))]
            guard symbol.count >= 0 else { throw .unknownSymbol }
            writer.append(text(symbol))
        case .union(let first, let count):
            let branch = branches[Int(first) + (try cursor.index(below: Int(count), or: .badBranch))]
            try write(branch, &cursor, &writer, depth: depth)
        case .tagged(let tag, let inner):
            writer.append(text(tag))
            try write(inner, &cursor, &writer, depth: depth)
            writer.append(literal: "}")
        case .forward(let inner): try write(inner, &cursor, &writer, depth: depth)
        case .moment(let moment): moment.write(try cursor.read(moment), &writer)
        case .decimal(let scale, let size):
            let bytes = size < 0 ? try cursor.bytes() : try cursor.take(Int(size))
            try AvroDecimal.write(bytes, scale: Int(scale), &writer)
        case .refuse: throw .unresolved
        default: try write(nested: step, &cursor, &writer, depth: depth + 1)
        }
    }

    private func write(
        nested step: Int32, _ cursor: inout AvroCursor, _ writer: inout ByteWriter, depth: Int
    ) throws(AvroFault) {
        guard depth <= AvroCursor.depthLimit else { throw .tooDeep }
        switch steps[Int(step)] {
        case .record(let first, let count, let tail, _):
            try cursor.spend(1)
            writer.append(literal: "{")
            for index in Int(first)..<Int(first + count) {
                let field = fields[index]
                guard !field.isSkipped else {
                    try skip(field.step, &cursor, depth: depth)
                    continue
                }
                writer.append(text(field.prefix))
                try write(field.step, &cursor, &writer, depth: depth)
            }
            writer.append(text(tail))
        case .array(let element): try writeItems(element, isMap: false, &cursor, &writer, depth: depth)
        case .map(let element): try writeItems(element, isMap: true, &cursor, &writer, depth: depth)
        default: throw .unresolved
        }
    }

    private func writeItems(
        _ element: Int32, isMap: Bool, _ cursor: inout AvroCursor, _ writer: inout ByteWriter, depth: Int
    ) throws(AvroFault) {
        writer.append(text: isMap ? "{" : "[")
        var isFirst = true
        while true {
            let count = try cursor.blockCount()
            guard count > 0 else { break }
            for _ in 0..<count {
                if !isFirst { writer.append(literal: ",") }
                isFirst = false
                if isMap {
                    writer.append(quoted: try cursor.string())
                    writer.append(literal: ":")
                }
                try write(element, &cursor, &writer, depth: depth)
            }
        }
        writer.append(text: isMap ? "}" : "]")
    }

    /// JSON has no number for what is none; Java's encoder writes these words.
    static func write(_ value: Double, _ writer: inout ByteWriter) {
        guard !value.isFinite else { return writer.append(number: value) }
        writer.append(text: value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"")
    }
}

// MARK: Stepping over

extension AvroPlan {
    /// Goes past a value and checks it on the way.
    func skip(_ step: Int32, _ cursor: inout AvroCursor, depth: Int) throws(AvroFault) {
        switch steps[Int(step)] {
        case .null: break
        case .boolean: _ = try cursor.boolean()
        case .int, .intAsFloat, .intAsDouble: _ = try cursor.int()
        case .long, .longAsFloat, .longAsDouble: _ = try cursor.long()
        case .float: _ = try cursor.take(4)
        case .double: _ = try cursor.take(8)
        case .string, .bytesAsString, .stringAsBytes: _ = try cursor.string()
        case .bytes: _ = try cursor.bytes()
        case .fixed(let size): _ = try cursor.take(Int(size))
        case .symbols(_, let count): _ = try cursor.index(below: Int(count), or: .badSymbol)
        case .union(let first, let count):
            let index = try cursor.index(below: Int(count), or: .badBranch)
            try skip(branches[Int(first) + index], &cursor, depth: depth)
        case .tagged(_, let inner), .forward(let inner): try skip(inner, &cursor, depth: depth)
        case .moment(let moment): _ = try cursor.read(moment)
        case .decimal(_, let size): _ = size < 0 ? try cursor.bytes() : try cursor.take(Int(size))
        case .refuse: throw .unresolved
        case .record(let first, let count, _, _):
            guard depth < AvroCursor.depthLimit else { throw .tooDeep }
            try cursor.spend(1)
            for index in Int(first)..<Int(first + count) { try skip(fields[index].step, &cursor, depth: depth + 1) }
        case .array(let element): try skipItems(element, isMap: false, &cursor, depth: depth + 1)
        case .map(let element): try skipItems(element, isMap: true, &cursor, depth: depth + 1)
        }
    }

    private func skipItems(
        _ element: Int32, isMap: Bool, _ cursor: inout AvroCursor, depth: Int
    ) throws(AvroFault) {
        guard depth <= AvroCursor.depthLimit else { throw .tooDeep }
        while true {
            let count = try cursor.blockCount()
            guard count > 0 else { return }
            for _ in 0..<count {
                if isMap { _ = try cursor.string() }
                try skip(element, &cursor, depth: depth)
            }
        }
    }
}

extension ByteWriter {
    /// Bytes as the text whose code points they are: the specification's form of bytes in JSON.
    mutating func append(codePoints bytes: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case 0x80...:
                append(0xC0 | byte >> 6)
                append(0x80 | byte & 0x3F)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case ..<0x20:
                append(literal: "\\u00")
                append(UInt8(ascii: byte < 16 ? "0" : "1"))
                let digit = byte & 15
                append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
