import KappaStores

/// What MariaDB and MySQL say in the mode that `MariaDBConnection` sets: names in double quotes, no backslashes.
struct MariaDBDialect: SQLDialect {
    /// Texts that differ in case or in blanks at their end are different, whatever the database's own order is.
    let collation: String

    func type(of content: ColumnContent, isKey: Bool) -> String {
        switch content {
        case .identity, .whole: "bigint"
        // An index holds 3072 bytes, of up to four for each letter: four texts of this length and a time.
        case .text: isKey ? "varchar(190)" : "mediumtext"
        case .real: "double"
        // TIMESTAMP ends in 2038 and goes by the session's zone.
        case .time: "datetime(3)"
        case .json: "longtext"
        }
    }

    func declaredType(of content: ColumnContent, isKey: Bool) -> String {
        let type = type(of: content, isKey: isKey)
        return content == .text || content == .json ? "\(type) CHARACTER SET utf8mb4 COLLATE \(collation)" : type
    }

    var identity: String { "NOT NULL AUTO_INCREMENT UNIQUE" }
    var bytesType: String { "longblob" }
    var now: String { "now(3)" }

    func mark(_ number: Int) -> String { "?" }

    func cast(_ place: String, to content: ColumnContent) -> String {
        switch content {
        case .text, .json, .identity, .whole, .real: place
        case .time: "CAST(\(place) AS datetime(3))"
        }
    }

    func matches(_ column: String, _ glob: String, place: (String) -> String) -> String {
        like(column, glob, escape: "|", place: place)
    }

    func contains(_ column: String, _ place: String) -> String { "instr(CAST(\(column) AS char), \(place)) > 0" }

    /// UNIX_TIMESTAMP knows nothing before 1970, and % has the sign of its left side.
    func bucket(of column: String, seconds: Int64) -> String {
        let epoch = "CAST('1970-01-01' AS datetime(3))"
        let (time, size) = ("timestampdiff(MICROSECOND, \(epoch), \(column))", seconds * 1_000_000)
        return "\(epoch) + INTERVAL (\(time) - ((\(time) % \(size)) + \(size)) % \(size)) MICROSECOND"
    }

    /// A table that depends on another one's row is unknown here.
    var joinsEachKey: Bool { false }
    func join(_ view: String, each: String) -> String { "k JOIN \(view) AS r ON false" }

    func unlessPresent(_ key: [String]) -> String { "ON DUPLICATE KEY UPDATE \"\(key[0])\" = \"\(key[0])\"" }

    func replaceView(_ name: String, _ select: String) -> [String] {
        ["CREATE OR REPLACE SQL SECURITY INVOKER VIEW \(name) AS \(select)"]
    }

    func comment(on kind: String, _ name: String, _ sentence: String) -> String? { nil }
}
