import Glibc

/// Finds the wanted fields of an object in one pass that checks the whole text.
///
/// Records of one stream have the same fields in the same order, so the name expected next is compared first. Where a
/// name is given twice, the last value counts, as in most JSON libraries.
public struct JSONFieldReader: ~Copyable {
    /// A name's place among the quoted ones; a length of zero for one that can only be met escaped. The first eight
    /// bytes are kept as a word, with a mask for what is beyond a shorter name.
    private struct Name {
        var start: Int
        var length: Int
        var word: UInt64
        var mask: UInt64
    }

    private let fields: [String]
    private let notesStrangers: Bool
    /// The names end to end, each with its closing quote, which is how they stand in the text.
    private let quoted: UnsafeMutablePointer<UInt8>
    private let names: UnsafeMutablePointer<Name>
    @usableFromInline let values: UnsafeMutablePointer<JSONValue>
    /// `follower[i]`: the field that came after field `i` in the last record; the last place is for the first field.
    private let follower: UnsafeMutablePointer<Int>
    package let count: Int
    /// Where the last text went wrong, in bytes from its start.
    package private(set) var faultOffset = 0
    /// The names that are none of the fields, as they stand in the last object.
    package private(set) var strangeNames: [UnsafeRawBufferPointer] = []

    /// - Parameter notesStrangers: whether names that are none of the fields are kept in `strangeNames`.
    package init(fields: [String], notesStrangers: Bool = false) {
        self.fields = fields
        self.notesStrangers = notesStrangers
        count = fields.count
        quoted = .allocate(capacity: fields.reduce(1) { $0 + $1.utf8.count + 1 })
        names = .allocate(capacity: max(count, 1))
        var place = 0
        for (index, field) in fields.enumerated() {
            let text = Array(field.utf8) + [UInt8(ascii: "\"")]
            let isPlain =
                text.count < JSONBuffer.padding
                && !field.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
            (quoted + place).update(from: text, count: text.count)
            let word = text.prefix(8).enumerated().reduce(0 as UInt64) { $0 | UInt64($1.element) << (8 * $1.offset) }
            let mask = text.count < 8 ? 1 << (8 * UInt64(text.count)) - 1 : UInt64.max
            (names + index).initialize(
                to: Name(start: place, length: isPlain ? text.count : 0, word: word, mask: mask))
            place += text.count
        }
        values = .allocate(capacity: max(count, 1))
        values.initialize(repeating: .absent, count: max(count, 1))
        follower = .allocate(capacity: count + 1)
        follower.initialize(repeating: -1, count: count + 1)
    }

    deinit {
        quoted.deallocate()
        names.deallocate()
        values.deallocate()
        follower.deallocate()
    }

    @inlinable
    public subscript(index: Int) -> JSONValue {
        @inline(__always) get { values[index] }
    }

    /// Reads a whole record; the fields are there when it is an object.
    package mutating func read(_ buffer: borrowing JSONBuffer) throws(JSONFault) -> JSONKind {
        try read(terminated: buffer.bytes)
    }

    /// Reads a record where it lies: a zero stands right behind it, and memory that may be read goes on from there for
    /// as long as a buffer's padding.
    package mutating func read(terminated text: UnsafeRawBufferPointer) throws(JSONFault) -> JSONKind {
        guard let base = text.baseAddress else { throw .empty }
        let start = base.assumingMemoryBound(to: UInt8.self)
        var cursor = JSONCursor(start)
        defer { faultOffset = cursor.here - start }
        cursor.skipSpace()
        guard cursor.here - start < text.count else { throw .empty }
        let kind = try readValue(&cursor)
        cursor.skipSpace()
        guard cursor.here - start == text.count else { throw .trailingBytes }
        return kind
    }

    /// Reads the fields of a value found in an earlier pass.
    package mutating func read(_ value: JSONValue) throws(JSONFault) -> JSONKind {
        guard let start = value.start else { return .absent }
        var cursor = JSONCursor(start)
        return try readValue(&cursor)
    }

    mutating func readValue(_ cursor: inout JSONCursor) throws(JSONFault) -> JSONKind {
        for index in 0..<count { values[index] = .absent }
        if !strangeNames.isEmpty { strangeNames.removeAll(keepingCapacity: true) }
        guard cursor.here.pointee == UInt8(ascii: "{") else { return try cursor.skipValue().kind }
        cursor.here += 1
        cursor.skipSpace()
        if cursor.take("}") { return .object }
        var last = count
        while true {
            guard cursor.take("\"") else { throw cursor.unexpected }
            let field = try takeName(&cursor, after: last)
            try cursor.skipColon()
            let value = try cursor.skipValue(depth: 1)
            if field >= 0 {
                values[field] = value
                last = field
            }
            if try !cursor.skipComma(or: "}") { return .object }
        }
    }

    /// Steps over a name and its closing quote: the field's index, or -1 for a name that nobody wants.
    @inline(__always)
    private mutating func takeName(_ cursor: inout JSONCursor, after last: Int) throws(JSONFault) -> Int {
        let expected = follower[last]
        if expected >= 0, matches(expected, cursor.here) {
            cursor.here += names[expected].length
            return expected
        }
        let start = cursor.here
        let escaped = try cursor.skipString()
        let found = escaped ? find(escaped: start, length: cursor.here - start) : find(start)
        if found >= 0 {
            follower[last] = found
        } else if notesStrangers {
            strangeNames.append(UnsafeRawBufferPointer(start: start, count: cursor.here - start - 1))
        }
        return found
    }

    @inline(__always)
    private func matches(_ field: Int, _ text: UnsafePointer<UInt8>) -> Bool {
        let name = names[field]
        // The padding behind a text can be read.
        let word = UInt64(littleEndian: UnsafeRawPointer(text).loadUnaligned(as: UInt64.self))
        guard (word ^ name.word) & name.mask == 0, name.length > 0 else { return false }
        return name.length <= 8 || memcmp(quoted + name.start + 8, text + 8, name.length - 8) == 0
    }

    private func find(_ text: UnsafePointer<UInt8>) -> Int {
        for field in 0..<count where matches(field, text) { return field }
        return -1
    }

    private func find(escaped start: UnsafePointer<UInt8>, length: Int) -> Int {
        let name = JSONValue(start: start - 1, length: UInt32(length + 1), kind: .string, isEscaped: true).text
        return fields.firstIndex(of: name) ?? -1
    }
}

/// Steps through the items of an array that has been checked already.
package struct JSONItems {
    private var cursor: JSONCursor
    private var isDone: Bool

    package init(_ array: JSONValue) {
        guard array.kind == .array, let start = array.start else {
            cursor = JSONCursor(UnsafePointer(bitPattern: 1).unsafelyUnwrapped)
            isDone = true
            return
        }
        cursor = JSONCursor(start + 1)
        cursor.skipSpace()
        isDone = cursor.take("]")
    }

    package mutating func next() -> JSONValue? {
        guard !isDone, let value = try? cursor.skipValue() else { return nil }
        isDone = (try? cursor.skipComma(or: "]")) != true
        return value
    }

    /// Like `next`, reading the item's fields on the way; the value's kind says whether there were any.
    package mutating func next(into reader: inout JSONFieldReader) -> JSONValue? {
        guard !isDone else { return nil }
        let start = cursor.here
        guard let kind = try? reader.readValue(&cursor) else { return nil }
        let length = UInt32(cursor.here - start)
        isDone = (try? cursor.skipComma(or: "]")) != true
        return JSONValue(start: start, length: length, kind: kind, isEscaped: kind == .string)
    }
}
