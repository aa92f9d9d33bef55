package import KappaCore
import KappaKafka

/// How one piece of input becomes records: where the key comes from, what the value is, which time it bears.
package struct RecordShape: Sendable {
    package enum Key: Sendable {
        case none
        case fixed([UInt8])
        /// In front of this delimiter.
        case before([UInt8])
        /// These fields of the JSON value, joined by `|` where they are several.
        case fields([FieldPath])
    }

    package enum Time: Sendable {
        case unset
        case fixed(Timestamp)
        case field(FieldPath)
    }

    package var key = Key.none
    package var time = Time.unset
    /// The array of the value whose items become records of their own.
    package var explode: FieldPath?
    package var emptyIsNull = false
    /// The input is kappa's own record form.
    package var isRecordJSON = false
    package var headers: [Header] = []
    /// What the values are written in; nil sends them as they came.
    package var encoding: ValueEncoding?

    package init(
        key: Key = .none, time: Time = .unset, explode: FieldPath? = nil, emptyIsNull: Bool = false,
        isRecordJSON: Bool = false, headers: [Header] = []
    ) {
        self.key = key
        self.time = time
        self.explode = explode
        self.emptyIsNull = emptyIsNull
        self.isRecordJSON = isRecordJSON
        self.headers = headers
    }

    /// Nothing has to be looked at inside.
    package var isPlain: Bool {
        guard explode == nil, encoding == nil, !isRecordJSON, headers.isEmpty, case .unset = time else { return false }
        if case .fields = key { return false }
        return true
    }
}

/// Makes records of pieces of input; the bytes it gives out are borrowed for the call.
package struct RecordMaker: ~Copyable {
    package struct Record {
        package var key: UnsafeRawBufferPointer?
        package var value: UnsafeRawBufferPointer?
        package var timestamp: Timestamp?
        package var headers: [Header]
        package var partition: Int32?

        package init(
            key: UnsafeRawBufferPointer? = nil, value: UnsafeRawBufferPointer? = nil, timestamp: Timestamp? = nil,
            headers: [Header], partition: Int32? = nil
        ) {
            self.key = key
            self.value = value
            self.timestamp = timestamp
            self.headers = headers
            self.partition = partition
        }
    }

    package let shape: RecordShape
    private var buffer = JSONBuffer()
    private var keyBytes = ByteWriter()
    private var item = ByteWriter(capacity: 1024)
    private var encoded = ByteWriter(capacity: 1024)

    package init(_ shape: RecordShape) { self.shape = shape }

    /// Gives `body` each record that `piece` holds, and `spoiled` each item of an exploded array that makes none. A
    /// piece that makes no record at all is thrown as a `RecordFailure`.
    package mutating func make(
        _ piece: UnsafeRawBufferPointer, spoiled: (UnsafeRawBufferPointer, RecordFailure) throws -> Void = { throw $1 },
        _ body: (Record) throws -> Void
    ) throws {
        if shape.isRecordJSON { return try makeFromRecordJSON(piece, body) }
        let (key, value) = try splitKey(piece)
        var record = Record(
            key: key, value: value.isEmpty && shape.emptyIsNull ? nil : value, timestamp: nil, headers: shape.headers)
        if case .fixed(let time) = shape.time { record.timestamp = time }
        guard needsJSON, record.value != nil || shape.encoding == nil else { return try body(record) }
        try makeFromJSON(value, record, spoiled, body)
    }

    private var needsJSON: Bool {
        if shape.explode != nil || shape.encoding != nil { return true }
        if case .field = shape.time { return true }
        if case .fields = shape.key { return true }
        return false
    }

    private func splitKey(
        _ piece: UnsafeRawBufferPointer
    ) throws(RecordFailure) -> (key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer) {
        switch shape.key {
        case .none, .fields: return (nil, piece)
        case .fixed(let key):
            // The array lives as long as the shape, which outlives the call.
            return (key.withUnsafeBytes { UnsafeRawBufferPointer(start: $0.baseAddress, count: $0.count) }, piece)
        case .before(let delimiter):
            guard let at = piece.firstRange(of: delimiter) else {
                throw .malformed("there is no key delimiter in it")
            }
            let key = UnsafeRawBufferPointer(rebasing: piece[..<at])
            return (
                shape.emptyIsNull && key.isEmpty ? nil : key,
                UnsafeRawBufferPointer(rebasing: piece[(at + delimiter.count)...])
            )
        }
    }

    private mutating func makeFromRecordJSON(_ piece: UnsafeRawBufferPointer, _ body: (Record) throws -> Void) throws {
        buffer.load(piece)
        var parts = try RecordJSON.read(buffer)
        if let encoding = shape.encoding, let value = parts.value {
            try value.withUnsafeBytes { try encode(text: $0, encoding) }
            parts.value = Array(encoded.bytes)
        }
        func borrowed<Result>(
            _ bytes: [UInt8]?, _ use: (UnsafeRawBufferPointer?) throws -> Result
        ) rethrows -> Result {
            guard let bytes else { return try use(nil) }
            return try bytes.withUnsafeBytes { try use($0) }
        }
        try borrowed(parts.key) { key in
            try borrowed(parts.value) { value in
                try body(
                    Record(
                        key: key, value: value, timestamp: parts.timestamp, headers: parts.headers + shape.headers,
                        partition: parts.partition))
            }
        }
    }

    private mutating func encode(text: UnsafeRawBufferPointer, _ encoding: ValueEncoding) throws {
        var whole = JSONBuffer(capacity: text.count)
        whole.load(text)
        let value: JSONValue
        do { value = try JSONValue(checking: whole) } catch { throw RecordFailure.malformed("not JSON: \(error)") }
        try encoding.encode(value, into: &encoded)
    }

    private mutating func makeFromJSON(
        _ value: UnsafeRawBufferPointer, _ record: Record,
        _ spoiled: (UnsafeRawBufferPointer, RecordFailure) throws -> Void, _ body: (Record) throws -> Void
    ) throws {
        buffer.load(value)
        let whole: JSONValue
        do { whole = try JSONValue(checking: buffer) } catch { throw RecordFailure.malformed("not JSON: \(error)") }
        // What is written by a schema may be of any type that the schema names.
        guard whole.kind == .object || (shape.encoding != nil && shape.explode == nil) else {
            throw RecordFailure.malformed("not a JSON object")
        }
        guard let explode = shape.explode else { return try finish(whole, record, body) }
        let array = explode.find(in: whole)
        guard array.kind == .array else { throw RecordFailure.malformed("there is no array in field '\(explode)'") }
        var items = JSONItems(array)
        while let next = items.next() {
            var record = record
            try joinEnvelope(whole, around: next, leaving: explode.components[0])
            record.value = item.bytes
            // The items before it are on their way already, so one bad item stands for itself alone.
            do { try finish(next, record, body) } catch let failure as RecordFailure {
                try spoiled(item.bytes, failure)
            }
        }
    }

    /// The item as an object with the envelope's other fields behind its own.
    private mutating func joinEnvelope(_ envelope: JSONValue, around next: JSONValue, leaving name: String) throws {
        item.removeAll()
        guard next.kind == .object, next.raw.count > 1 else { return item.append(next.raw) }
        item.append(UnsafeRawBufferPointer(rebasing: next.raw.dropLast()))
        var isEmpty = !next.raw.dropFirst().dropLast().contains { $0 > 0x20 }
        var written = ByteWriter()
        try envelope.forEachField { field, value in
            guard !field.says(name), next.member(field.text).kind == .absent else { return }
            if !isEmpty { written.append(UInt8(ascii: ",")) }
            isEmpty = false
            written.append(field.raw)
            written.append(UInt8(ascii: ":"))
            written.append(value.raw)
        }
        item.append(written.bytes)
        item.append(UInt8(ascii: "}"))
    }

    private mutating func finish(
        _ value: JSONValue, _ record: Record, _ body: (Record) throws -> Void
    ) throws {
        var record = record
        if case .field(let path) = shape.time { record.timestamp = try time(path, in: value) }
        if case .fields(let paths) = shape.key {
            keyBytes.removeAll()
            for (index, path) in paths.enumerated() {
                let found = path.find(in: value)
                guard found.kind != .absent, found.kind != .null else {
                    throw RecordFailure.malformed("there is no field '\(path)' to make its key of")
                }
                if index > 0 { keyBytes.append(UInt8(ascii: "|")) }
                if found.kind == .string { keyBytes.append(decoded: found) } else { keyBytes.append(found.raw) }
            }
            record.key = keyBytes.bytes
        }
        if let encoding = shape.encoding {
            // An item of an exploded array is sent with the fields around it.
            if shape.explode != nil, let whole = record.value {
                try encode(text: whole, encoding)
            } else {
                try encoding.encode(value, into: &encoded)
            }
            record.value = encoded.bytes
        }
        try body(record)
    }

    private func time(_ path: FieldPath, in value: JSONValue) throws(RecordFailure) -> Timestamp {
        let found = path.find(in: value)
        if found.kind == .string, let time = Timestamp(rfc3339: found.text) { return time }
        if let number = found.double, let milliseconds = Int64(exactly: number.rounded()) {
            return Timestamp(milliseconds: milliseconds)
        }
        throw .malformed("field '\(path)' holds no time in RFC 3339 or milliseconds")
    }
}

extension UnsafeRawBufferPointer {
    /// Where `needle` first stands.
    fileprivate func firstRange(of needle: [UInt8]) -> Int? {
        guard let first = needle.first, count >= needle.count else { return nil }
        for index in 0...(count - needle.count) where self[index] == first {
            if (1..<needle.count).allSatisfy({ self[index + $0] == needle[$0] }) { return index }
        }
        return nil
    }
}
