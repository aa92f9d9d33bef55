import KappaArguments
import KappaCore
import KappaFormats
import KappaJobs

/// What `kappa produce --csv` takes.
extension ProduceOptions {
    static let table = "CSV input"
    static let csv = Flag(
        "csv", section: table, help: "Read CSV: the header names the fields, and each row becomes a JSON object.",
        discussion: """
            An unquoted field that looks like a number, true or false becomes one; an empty field becomes null; \
            anything else is text. What 'kappa query --csv' writes comes back as it was. Errors name the line of the \
            file.
            """)
    static let csvTypes = Option<[[CSVType]]>(
        "csv-types", type: .csvTypes, section: table,
        help: "What columns hold: text, number, boolean, time, json, or skip.",
        discussion:
            "A time is written in RFC 3339 and UTC. A value of another type makes the line unreadable (see --on-error)."
    )
    static let csvDelimiter = Option<UInt8>(
        "csv-delimiter", type: .csvDelimiter, default: ",", section: table,
        help: "Separator between fields: ';' and '\\t' are usual, too.")
    static let csvDecimal = Option<UInt8>(
        "csv-decimal", type: .csvDecimal, default: ".", section: table, help: "The decimal sign: a point or a comma.")
    static let csvFields = Option<String?>(
        "csv-fields", type: .string("NAME[,NAME]"), settable: false, section: table,
        help: "The names of the fields, for a file without a header.")
    static let csvSkip = Option<Int>(
        "csv-skip", type: .integer(0...1_000_000), default: "0", section: table,
        help: "Skip this many lines at the beginning.")
    static let csvNull = Option<[String]>(
        "csv-null", type: .string("WORD"), section: table,
        help: "A word that means 'no value', such as NAN or -9999.")
    static let csvTime = Option<CSVTimePattern?>(
        "csv-time", type: .csvTime, section: table, help: "How times are written, such as '%d.%m.%Y %H:%M'.",
        discussion: """
            The parts are those of strptime: %Y %y %m %b %d, %H %I %p %M %S (with its fraction), %z, %s since 1970. \
            Without it times are written as 2024-01-31 13:45:00, with or without a zone. The column is the one of type \
            time, else 'timestamp'.
            """)
    static let csvZone = Option<String?>(
        "csv-zone", type: .string("ZONE"), section: table,
        help: "The time zone of times that name none: UTC (the default), +01:00 or Europe/Zurich.",
        discussion: """
            A time that occurs twice in autumn is the first of the two; one that is skipped in spring makes the line \
            unreadable.
            """)
    static let csvEncoding = Option<CSVEncoding>(
        "csv-encoding", type: .csvEncoding, default: "utf-8", section: table,
        help: "The encoding of the file: utf-8 or windows-1252.")

    static let allOfCSV: [any ParameterKey] = [
        csv, csvTypes, csvDelimiter, csvDecimal, csvFields, csvSkip, csvNull, csvTime, csvZone, csvEncoding,
    ]

    /// The settings of the table; nil where the input is none.
    static func csvSettings(_ context: CommandContext, _ shape: RecordShape) throws -> CSVSettings? {
        guard context[csv] else {
            guard let stray = allOfCSV.first(where: { context.isGiven($0) }) else { return nil }
            throw UsageError("--\(stray.parameter.name) goes with --csv")
        }
        let others: [any ParameterKey] = [json, explode, keyDelimiter, delimiter, urls]
        if let other = others.first(where: { context.isGiven($0) }) {
            throw UsageError("--csv and --\(other.parameter.name) exclude each other")
        }
        var settings = CSVSettings()
        (settings.delimiter, settings.decimal) = (context[csvDelimiter], context[csvDecimal])
        guard settings.delimiter != settings.decimal else {
            throw UsageError("--csv-decimal ',' needs another --csv-delimiter", hint: "';' is the usual one")
        }
        settings.kinds = context[csvTypes].flatMap { $0.map { ($0.name, $0.kind) } }
        settings.names = context[csvFields].map { $0.split(separator: ",").map(String.init) }
        settings.skippedLines = context[csvSkip]
        settings.nulls = context[csvNull].map { Array($0.utf8) }
        settings.timePattern = context[csvTime]
        settings.encoding = context[csvEncoding]
        if let name = context[csvZone] {
            guard let zone = ZoneClock.named(name) else {
                throw UsageError("--csv-zone: there is no zone '\(name)'", hint: "such as UTC, +01:00 or Europe/Zurich")
            }
            settings.zone = zone
        }
        settings.keys = plainKeys(shape) ?? []
        return settings
    }

    /// The columns of the key, where all that is asked of the records is a key of columns.
    static func plainKeys(_ shape: RecordShape) -> [String]? {
        guard case .fields(let paths) = shape.key, shape.headers.isEmpty, case .unset = shape.time else { return nil }
        return paths.allSatisfy({ $0.components.count == 1 }) ? paths.map { $0.components[0] } : nil
    }
}

/// `NAME=TYPE`.
struct CSVType: Sendable, Equatable {
    let name: String
    let kind: CSVKind
}

extension ValueType where Value == [CSVType] {
    static var csvTypes: Self {
        ValueType("NAME=TYPE[,…]") { (word) throws(ValueError) in
            var types: [CSVType] = []
            for part in word.split(separator: ",") {
                let words = CSVKind.allCases.map(\.rawValue)
                guard let equals = part.lastIndex(of: "="), equals != part.startIndex else {
                    throw ValueError(
                        "'\(part)' is not NAME=TYPE", hint: "the types are \(words.joined(separator: ", "))")
                }
                let kind = String(part[part.index(after: equals)...])
                guard let known = CSVKind(rawValue: kind) else { throw .notOneOf(words, kind) }
                types.append(CSVType(name: String(part[..<equals]), kind: known))
            }
            return types
        }
    }
}

extension ValueType where Value == UInt8 {
    static var csvDelimiter: Self {
        ValueType("CHAR") { (word) throws(ValueError) in
            let bytes = try ValueType<[UInt8]>.delimiter.parse(word)
            guard bytes.count == 1, bytes[0] < 0x80, ![10, 13, UInt8(ascii: "\"")].contains(bytes[0]) else {
                throw ValueError("'\(word)' is not one character that can stand between fields")
            }
            return bytes[0]
        }
    }

    static var csvDecimal: Self {
        ValueType("CHAR", choices: [Choice("."), Choice(",")]) { (word) throws(ValueError) in
            guard word == "." || word == "," else { throw .notOneOf([".", ","], word) }
            return word.utf8.first!
        }
    }
}

extension ValueType where Value == CSVTimePattern {
    static var csvTime: Self {
        ValueType("FORMAT") { (word) throws(ValueError) in
            try reading { () throws(WordError) in try CSVTimePattern(word: word) }
        }
    }
}

extension ValueType where Value == CSVEncoding {
    static var csvEncoding: Self {
        ValueType("ENCODING", choices: CSVEncoding.allCases.map { Choice($0.rawValue) }) { (word) throws(ValueError) in
            guard let known = CSVEncoding(rawValue: word) else {
                throw .notOneOf(CSVEncoding.allCases.map(\.rawValue), word)
            }
            return known
        }
    }
}
