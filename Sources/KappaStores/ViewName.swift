package import KappaCore

/// The stable name under which a view is read: `record`, or `schema.record` in PostgreSQL.
///
/// The rows lie in a table of the view's generation (`record__g1`); the stable name is a view over the one that speaks.
package struct ViewName: Hashable, Sendable, CustomStringConvertible {
    package let schema: String?
    package let name: String

    /// PostgreSQL cuts names at 63 bytes; the rest is for the names of indexes.
    static let longestName = 40

    package init(word: String) throws(StoreError) {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), parts.allSatisfy(ViewName.isPlain) else {
            throw StoreError(
                .usage, "'\(word)' is not a table's name",
                hint: "A name has lower-case letters, digits and _, begins with a letter, and is at most 40 long.")
        }
        schema = parts.count == 2 ? parts[0] : nil
        name = parts[parts.count - 1]
    }

    private static func isPlain(_ part: String) -> Bool {
        guard let first = part.utf8.first, part.utf8.count <= longestName, !part.contains("__") else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return letters.contains(first)
            && part.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }

    package var description: String { schema.map { "\($0).\(name)" } ?? name }

    /// The name in SQL, quoted although it needs no quotes, so that no reserved word can hurt.
    package var quoted: String { qualified("\"\(name)\"") }

    package func qualified(_ quotedName: String) -> String {
        schema.map { "\"\($0)\".\(quotedName)" } ?? quotedName
    }
}

/// One generation of a view: the table that rows go to.
package struct ViewTarget: Hashable, Sendable {
    package var view: ViewName
    package var generation: Int
    package var shape: ViewShape
    /// What its rows are, where they are results.
    package var results: ResultSchema
    /// How its rows are cut into pieces, where the store does that.
    package var layout = TableLayout.whole

    package init(
        view: ViewName, generation: Int = 1, shape: ViewShape = .results, results: ResultSchema = .standard
    ) {
        self.view = view
        self.generation = generation
        self.shape = shape
        self.results = results
    }

    /// `record__g1`.
    package var tableName: String { "\(view.name)__g\(generation)" }

    /// The name under which the sink keeps its offsets: they belong to the table, so each generation has its own.
    package var sink: String { view.schema.map { "\($0).\(tableName)" } ?? tableName }

    package var quotedTable: String { view.qualified("\"\(tableName)\"") }
}
