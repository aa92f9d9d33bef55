package import KappaCore

/// Which columns a view has.
package enum ViewShape: String, Sendable, CaseIterable {
    /// One row per result of a job, with a column for each field of its schema.
    case results
    /// One row per record of any topic of JSON values.
    case raw
}

/// What a column holds.
package enum ColumnContent: Sendable {
    case identity, text, real, whole, time, json

    package init(_ kind: ResultField.Kind) {
        switch kind {
        case .text, .any: self = .text
        case .number: self = .real
        case .whole: self = .whole
        case .time: self = .time
        }
    }
}

/// A column, declared once for every store.
package struct ColumnDefinition: Sendable {
    package var name: String
    package var content: ColumnContent
    package var isRequired: Bool
    package var comment: String

    init(_ name: String, _ content: ColumnContent, required: Bool = false, _ comment: String) {
        self.name = name
        self.content = content
        isRequired = required
        self.comment = comment
    }

    package var quoted: String { "\"\(name)\"" }
}

extension ViewShape {
    /// Version 2 of the schema: the fields of each table are written down in kappa_table. Columns are only ever added,
    /// at the end and without NOT NULL.
    package static let version = 2
}

extension ViewTarget {
    package var columns: [ColumnDefinition] {
        switch shape {
        case .results: results.columns
        case .raw: ViewTarget.rawColumns
        }
    }

    /// The columns that a sink fills, in the order in which it fills them: the fields, then where the row came from.
    package var writtenColumns: [ColumnDefinition] {
        switch shape {
        case .results: results.fields.map(ResultSchema.column) + ResultSchema.sourceColumns
        case .raw: ViewTarget.rawColumns
        }
    }

    /// The columns that make a row the only one of its kind.
    package var key: [String] {
        let own = shape == .results ? results.key.map(\.column) : []
        return own.isEmpty ? [sourceColumns.topic, sourceColumns.partition, sourceColumns.offset] : own
    }

    /// Where a row came from, in the words of this shape: topic, partition, offset.
    package var sourceColumns: (topic: String, partition: String, offset: String) {
        switch shape {
        case .results: ("source_topic", "source_partition", "source_offset")
        case .raw: ("topic", "partition", "offset")
        }
    }

    /// Indexes beside the key's: what `SchemaText.createIndexes` says was measured.
    package var indexes: [(name: String, columns: [String])] {
        guard shape == .results else { return [("ts", ["ts"])] }
        return results.time.map { [("ts", [$0.column])] } ?? []
    }

    package var comment: String {
        switch shape {
        case .results where results.key.map(\.column).contains("boreholenumber"):
            "One row per borehole, instrument and window of time, written by kappa sink; times are UTC."
        case .results: "One row per result of a job, written by kappa sink; times are UTC."
        case .raw: "One row per record of a topic, as it came, written by kappa sink; times are UTC."
        }
    }

    private static let rawColumns = [
        ColumnDefinition("topic", .text, required: true, "The topic that the record was read from."),
        ColumnDefinition("partition", .whole, required: true, "Its partition."),
        ColumnDefinition("offset", .whole, required: true, "Its offset."),
        ColumnDefinition("ts", .time, "The record's timestamp in the log."),
        ColumnDefinition("key", .text, "The record's key."),
        ColumnDefinition("value", .json, "The record's value."),
        ColumnDefinition("headers", .json, "The record's headers: an array of [name, value]."),
    ]
}

extension ResultSchema {
    /// The row's number, the fields, where the row came from, and fields that were added later: a view over a table can
    /// only get more columns at its end.
    package var columns: [ColumnDefinition] {
        [ColumnDefinition("id", .identity, required: true, "Grows in the order of arrival; it has gaps.")]
            + timeBesideValue.map(ResultSchema.column) + ResultSchema.sourceColumns
            + fields.filter(\.isLater).map(ResultSchema.column)
    }

    /// The first fields, in the order that programs know which are older than the declaration: the time follows the
    /// value at once.
    private var timeBesideValue: [ResultField] {
        var first = fields.filter { !$0.isLater }
        guard let time = first.firstIndex(where: { $0.role == .time }),
            let value = first.firstIndex(where: { $0.role == .value }), value < time
        else { return first }
        first.insert(first.remove(at: time), at: value + 1)
        return first
    }

    static let sourceColumns = [
        ColumnDefinition("source_topic", .text, required: true, "The topic that the row was read from."),
        ColumnDefinition("source_partition", .whole, required: true, "The partition that the row was read from."),
        ColumnDefinition("source_offset", .whole, required: true, "The offset that the row was read at."),
    ]

    static func column(_ field: ResultField) -> ColumnDefinition {
        let unit = field.unit.map { " in \($0)" } ?? ""
        let comment = comments[field.column] ?? "The field '\(field.name)' of the result\(unit)."
        return ColumnDefinition(field.column, ColumnContent(field.kind), required: field.isRequired, comment)
    }

    private static let comments = [
        "boreholenumber": "The borehole, such as BH-9483.",
        "instrument": "The kind of instrument, such as piezometer.",
        "surfacelevel": "Surface level of the borehole in metres.", "northing": "Grid northing in metres.",
        "easting": "Grid easting in metres.", "reading": "The mean of the window's readings, in units.",
        "ts": "The time of the window's latest reading.", "units": "The unit of reading, min, max and sum.",
        "window_start": "The window's first moment.", "window_end": "The first moment after the window.",
        "count": "How many readings the window has.", "min": "The smallest reading.", "max": "The largest reading.",
        "sum": "The sum of the readings.", "stddev": "The standard deviation of the readings, as of a sample.",
        "first": "The earliest reading.", "last": "The latest reading.", "p50": "The median of the readings.",
        "p95": "The 95th percentile of the readings.",
    ]
}
