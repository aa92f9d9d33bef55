import KappaStores

struct SQLiteDialect: SQLDialect {
    func type(of content: ColumnContent, isKey: Bool) -> String {
        switch content {
        case .identity, .whole: "INTEGER"
        case .real: "REAL"
        // SQLite has no type for times; RFC 3339 in UTC sorts as time does and its date functions read it.
        case .text, .time, .json: "TEXT"
        }
    }

    var identity: String { "PRIMARY KEY" }
    var bytesType: String { "BLOB" }
    /// The moment, in the form of all times here.
    var now: String { "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')" }

    func mark(_ number: Int) -> String { "?\(number)" }
    func cast(_ place: String, to content: ColumnContent) -> String { place }

    /// Brackets mean nothing in our globs, and something in SQLite's.
    func matches(_ column: String, _ glob: String, place: (String) -> String) -> String {
        let pattern = glob.reduce(into: "") { pattern, character in
            if character == "[" { pattern.append("[[]") } else { pattern.append(character) }
        }
        return "\(column) GLOB \(place(pattern))"
    }

    func contains(_ column: String, _ place: String) -> String { "instr(CAST(\(column) AS text), \(place)) > 0" }

    func bucket(of column: String, seconds: Int64) -> String {
        let epoch = "CAST(strftime('%s', \(column)) AS INTEGER)"
        // SQLite's % takes the sign of its left side; times before 1970 need the floor.
        let start = "\(epoch) - ((\(epoch) % \(seconds)) + \(seconds)) % \(seconds)"
        return "strftime('%Y-%m-%dT%H:%M:%S.000Z', \(start), 'unixepoch')"
    }

    func join(_ view: String, each: String) -> String {
        "k CROSS JOIN \(view) AS r ON r.id IN (SELECT id \(each))"
    }

    func unlessPresent(_ key: [String]) -> String { "ON CONFLICT (\(key.quotedList)) DO NOTHING" }

    func replaceView(_ name: String, _ select: String) -> [String] {
        ["DROP VIEW IF EXISTS \(name)", "CREATE VIEW \(name) AS \(select)"]
    }

    func comment(on kind: String, _ name: String, _ sentence: String) -> String? { nil }
}
