// CSV/: rows of comma-separated values, as spreadsheets, loggers and `kappa query --csv` write them, become JSON
// objects. RFC 4180 is the rule: a field may stand in quotes, and then hold delimiters, line ends and doubled quotes.
// Nothing here reads a file: bytes are handed in as they arrive.

/// How a CSV file is to be read.
package struct CSVSettings: Sendable {
    package var delimiter = UInt8(ascii: ",")
    package var decimal = UInt8(ascii: ".")
    package var encoding = CSVEncoding.utf8
    /// Lines in front of the header that are no part of the table.
    package var skippedLines = 0
    /// The names of the columns, where the file itself has no header.
    package var names: [String]?
    package var kinds: [(name: String, kind: CSVKind)] = []
    /// Words that stand for a value that is absent, beside the empty field.
    package var nulls: [[UInt8]] = []
    package var timePattern: CSVTimePattern?
    /// Of times that do not say their own.
    package var zone = ZoneClock.utc
    /// The columns that make the key, joined by `|`.
    package var keys: [String] = []

    package init() {}

    /// Whether something was asked for that only a column of times can have.
    var speaksOfTimes: Bool { timePattern != nil || zone !== ZoneClock.utc }
}

/// What the values of a column are.
package enum CSVKind: String, CaseIterable, Sendable {
    /// A number or true or false where a field without quotes reads as one, else text.
    case auto
    case text, number, boolean, time, json
    /// It is left out.
    case skip
}

package enum CSVEncoding: String, CaseIterable, Sendable {
    case utf8 = "utf-8"
    /// What Excel's plain "CSV" is on a Windows of western Europe.
    case windows1252 = "windows-1252"
}

/// What is wrong with a header, and so with the whole file.
package struct CSVHeaderFault: Error, Equatable {
    package let message: String
    package let hint: String?

    init(_ message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }
}

/// What is wrong with one row.
struct CSVFault: Error {
    let message: String
}
