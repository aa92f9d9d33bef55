// Public only so that the loops of other rooms can have it inlined: what is `package` is called.

/// What stands at a place of a JSON text.
@frozen
public enum JSONKind: UInt8, Sendable {
    case absent
    case null
    case `false`
    case `true`
    case number
    case string
    case array
    case object

    /// Said here so that it is compiled into the loops that ask for it.
    @inlinable
    @inline(__always)
    public static func == (left: JSONKind, right: JSONKind) -> Bool {
        unsafeBitCast(left, to: UInt8.self) == unsafeBitCast(right, to: UInt8.self)
    }
}

/// A value inside a text that `JSONFieldReader` has checked: its bytes as they came, borrowed, never copied.
///
/// It lives as long as the buffer it points into: until the next record is loaded.
@frozen
public struct JSONValue {
    @usableFromInline var start: UnsafePointer<UInt8>?
    public var length: UInt32
    public var kind: JSONKind
    /// Whether a string holds a backslash, and so has to be decoded before it is compared.
    public var isEscaped: Bool

    @inlinable
    init(start: UnsafePointer<UInt8>?, length: UInt32, kind: JSONKind, isEscaped: Bool) {
        self.start = start
        self.length = length
        self.kind = kind
        self.isEscaped = isEscaped
    }

    @inlinable
    public static var absent: JSONValue {
        JSONValue(start: nil, length: 0, kind: .absent, isEscaped: false)
    }

    /// The bytes as they came: a string with its quotes, a number with its digits.
    @inlinable
    public var raw: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: Int(length))
    }

    /// What is between a string's quotes, escapes and all.
    @inlinable
    public var content: UnsafeRawBufferPointer {
        guard kind == .string, let start else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: start + 1, count: Int(length) - 2)
    }

    /// A number's nearest double; nil for another kind, and beyond the doubles.
    package var double: Double? {
        guard kind == .number, let start else { return nil }
        let value = JSONNumber.double(at: start)
        return value.isFinite ? value : nil
    }

    /// A string decoded; any other value as its raw text. For places that are not hot.
    package var text: String {
        guard kind == .string else { return String(decoding: raw, as: UTF8.self) }
        guard isEscaped else { return String(decoding: content, as: UTF8.self) }
        var writer = ByteWriter()
        writer.append(decoded: self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
