/// What a job puts out, declared once: its fields in their order, which of them are the key, and which bears the time.
///
/// Who writes results, decodes them, makes tables of them, asks for them or compares them reads this one value. It
/// travels with the results as the header `kappa.schema`; results without one are of `standard`.
package struct ResultSchema: Hashable, Sendable {
    package static let header = "kappa.schema"

    package var fields: [ResultField]

    package init(fields: [ResultField]) { self.fields = fields }

    /// Two fields whose names differ only in what a column's name cannot have get columns of their own.
    package init(distinct fields: [ResultField]) {
        var taken: Set<String> = []
        self.fields = fields.map { field in
            var field = field
            var number = 2
            while !taken.insert(field.column).inserted {
                field.column = "\(ResultField.column(for: field.name))_\(number)"
                number += 1
            }
            return field
        }
    }

    /// A name that two fields have.
    package var doubledName: String? {
        var seen: Set<String> = []
        return fields.first { !seen.insert($0.name).inserted }?.name
    }

    /// The fields that make a result the only one of its kind; none where each record stands for itself.
    package var key: [ResultField] { fields.filter(\.isKey) }
    /// The field by which rows are put in order.
    package var time: ResultField? { fields.first { $0.role == .time } }

    /// What a job of windows over the instruments gives, if it is asked for nothing else.
    package static let standard = ResultSchema(fields: [
        ResultField("borehole_number", .text, isKey: true), ResultField("instrument", .text, isKey: true),
        ResultField("surface_level", .number), ResultField("northing", .number), ResultField("easting", .number),
        ResultField("reading", .number, isRequired: true, role: .value), ResultField("units", .any),
        ResultField("timestamp", .time, isRequired: true, role: .time),
        ResultField("window_start", .time, isKey: true), ResultField("window_end", .time, isRequired: true),
        ResultField("count", .whole, isRequired: true), ResultField("min", .number), ResultField("max", .number),
        ResultField("sum", .number),
    ])
}

/// One field of a result.
package struct ResultField: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case text, number, whole, time
        /// Whatever comes: a text as it is, anything else as its JSON.
        case any
    }

    package enum Role: String, Sendable {
        /// The event time.
        case time
        /// The number that the job is about.
        case value
    }

    /// The name in the record.
    package var name: String
    package var kind: Kind
    package var unit: String?
    /// The name of the column that keeps it.
    package var column: String
    package var isRequired: Bool
    package var isKey: Bool
    package var role: Role?
    /// The column came to its table after others had rows; it stands behind them.
    package var isLater = false

    package init(
        _ name: String, _ kind: Kind, unit: String? = nil, column: String? = nil, isRequired: Bool = false,
        isKey: Bool = false, role: Role? = nil
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.column = column ?? ResultField.column(for: name)
        self.isRequired = isRequired || isKey
        self.isKey = isKey
        self.role = role
    }

    /// A field's usual column. Programs that are older than kappa ask for some by names without underscores.
    package static func column(for name: String) -> String {
        if let column = inherited[name] { return column }
        let letters = name.lowercased().unicodeScalars.map { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
        }
        let word = String(letters.prefix(50))
        // Names of columns that every table has for itself, and those that begin with a digit.
        let isTaken = ["id", "", "source_topic", "source_partition", "source_offset"].contains(word)
        return isTaken || word.first?.isNumber == true ? "field_\(word)" : word
    }

    private static let inherited = [
        "borehole_number": "boreholenumber", "surface_level": "surfacelevel", "timestamp": "ts",
    ]
}
