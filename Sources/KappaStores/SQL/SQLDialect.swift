/// What SQL says differently from store to store; each store declares its own in its room.
///
/// All of them quote names with double quotes, know WITH RECURSIVE and LIMIT, and cut a view's name never shorter than
/// 63 bytes.
package protocol SQLDialect: Sendable {
    /// How a column of this content is declared, as the store itself tells it back. Some keep texts of an index apart.
    func type(of content: ColumnContent, isKey: Bool) -> String
    /// The type with what a table that is made needs beside it, such as the order of texts.
    func declaredType(of content: ColumnContent, isKey: Bool) -> String
    /// What follows the type of the column that numbers the rows.
    var identity: String { get }
    /// The type of bytes as they came.
    var bytesType: String { get }
    /// The moment of the statement, for a column of times.
    var now: String { get }

    /// Where the parameter of this number, from 1 on, stands in a statement.
    func mark(_ number: Int) -> String
    /// A parameter's place, said to be of this content where the store would not guess it.
    func cast(_ place: String, to content: ColumnContent) -> String

    /// Whether the column matches a glob; `place` binds the pattern in the store's own form.
    func matches(_ column: String, _ glob: String, place: (String) -> String) -> String
    /// Whether the text of a column holds another.
    func contains(_ column: String, _ place: String) -> String
    /// The start of the stretch of `seconds` that holds the time in `column`.
    func bucket(of column: String, seconds: Int64) -> String
    /// Whether `join` is there: else rows of a few names are looked for as all rows are.
    var joinsEachKey: Bool { get }
    /// `k` joined with what `each`, a SELECT's words from FROM on, gives for each of its keys, as `r`.
    func join(_ view: String, each: String) -> String

    /// What an INSERT ends with that leaves a row of the same key as it is.
    func unlessPresent(_ key: [String]) -> String

    /// The statements that let a view show what `select` gives, whatever it showed.
    func replaceView(_ name: String, _ select: String) -> [String]
    /// Writes a sentence beside a table, view or column; nil where the store keeps none.
    func comment(on kind: String, _ name: String, _ sentence: String) -> String?
}

/// A statement in the words of the store that it is for.
package struct SQLStatement: Sendable, Equatable {
    package var sql: String
    package var parameters: [StoreValue]

    package init(sql: String, parameters: [StoreValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}

extension SQLDialect {
    /// A glob in the words of LIKE: `*` is %, `?` is _, and those two themselves are escaped.
    package func like(
        _ column: String, _ glob: String, escape: Character, place: (String) -> String
    ) -> String {
        let pattern = glob.reduce(into: "") { pattern, character in
            switch character {
            case "*": pattern.append("%")
            case "?": pattern.append("_")
            case "%", "_", escape: pattern.append("\(escape)\(character)")
            default: pattern.append(character)
            }
        }
        return "\(column) LIKE \(place(pattern)) ESCAPE '\(escape)'"
    }

    package var joinsEachKey: Bool { true }
    package func declaredType(of content: ColumnContent, isKey: Bool) -> String { type(of: content, isKey: isKey) }
}

extension [String] {
    package var quotedList: String { map { "\"\($0)\"" }.joined(separator: ", ") }
}

extension String {
    /// For a text between single quotes.
    package var sqlEscaped: String {
        split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    }
}
