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

/// A statement that only reads, in the words of the store it is for.
package struct ReadStatement: Sendable, Equatable {
    package var sql: String
    package var parameters: [StoreValue]

    package init(sql: String, parameters: [StoreValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}

/// The rows of an answer as they come: memory does not grow with their number.
package protocol RowCursor: AnyObject {
    var columns: [ResultColumn] { get }
    /// The next row, valid until the next call; nil after the last.
    func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>?
}
