package import KappaCore

/// A value that goes into a statement. It is always bound, never written into the text.
package enum StoreValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case time(Timestamp)
    case bytes([UInt8])
}

/// What a column of an answer holds.
package enum ColumnKind: Sendable, Equatable {
    case text
    /// Whole or not, as a JSON number would be written.
    case number
    case time
    case boolean
    case json
}

package struct ResultColumn: Sendable, Equatable {
    package var name: String
    package var kind: ColumnKind

    package init(name: String, kind: ColumnKind) {
        self.name = name
        self.kind = kind
    }
}

/// A field of a row, borrowed from the store until the next row is asked for.
package enum StoreCell {
    case null
    case integer(Int64)
    case real(Double)
    case boolean(Bool)
    /// A number in its shortest exact digits, as the server wrote it.
    case number(UnsafeRawBufferPointer)
    /// A moment, in RFC 3339 as `Timestamp` writes it.
    case time(UnsafeRawBufferPointer)
    case text(UnsafeRawBufferPointer)
    case json(UnsafeRawBufferPointer)
}

/// The rows of an answer as they come: memory does not grow with their number.
package protocol RowCursor: AnyObject {
    var columns: [ResultColumn] { get }
    /// The next row, valid until the next call; nil after the last.
    func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>?
}

extension StoreCell {
    /// The cell as a text; nothing where it is null.
    package var string: String {
        switch self {
        case .null: ""
        case .integer(let value): String(value)
        case .real(let value): String(value)
        case .boolean(let value): String(value)
        case .number(let bytes), .time(let bytes), .text(let bytes), .json(let bytes):
            String(decoding: bytes, as: UTF8.self)
        }
    }

    package var double: Double? {
        switch self {
        case .null: nil
        case .real(let value): value
        case .integer(let value): Double(value)
        default: Double(string)
        }
    }

    /// A whole number, in whichever form it came: a sum of whole numbers may be a decimal.
    package var integer: Int64? {
        switch self {
        case .null: nil
        case .integer(let value): value
        default: Int64(string) ?? double.flatMap { Int64(exactly: $0) }
        }
    }

    package var timestamp: Timestamp? {
        switch self {
        case .time(let bytes), .text(let bytes): Timestamp(rfc3339: bytes)
        default: nil
        }
    }
}
