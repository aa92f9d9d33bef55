/// Which columns a view has.
package enum ViewShape: String, Sendable, CaseIterable {
    /// One row per window of a borehole's instrument.
    case results
    /// One row per record of any topic of JSON values.
    case raw
}

/// What a column holds.
package enum ColumnContent: Sendable {
    case identity, text, real, whole, time, json
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
    /// Version 1 of the schema. Columns are only ever added, at the end and without NOT NULL.
    package static let version = 1

    package var columns: [ColumnDefinition] {
        switch self {
        case .results: ViewShape.resultColumns
        case .raw: ViewShape.rawColumns
        }
    }

    /// The columns that a sink fills, in the order in which it fills them.
    package var writtenColumns: [ColumnDefinition] { columns.filter { $0.content != .identity } }

    /// The columns that make a row the only one of its kind.
    package var key: [String] {
        switch self {
        case .results: ["boreholenumber", "instrument", "window_start"]
        case .raw: ["topic", "partition", "offset"]
        }
    }

    /// Where a row came from, in the words of this shape: topic, partition, offset.
    package var sourceColumns: (topic: String, partition: String, offset: String) {
        switch self {
        case .results: ("source_topic", "source_partition", "source_offset")
        case .raw: ("topic", "partition", "offset")
        }
    }

    /// Indexes beside the key's: what `SchemaText.createIndexes` says was measured.
    package var indexes: [(name: String, columns: [String])] { [("ts", ["ts"])] }

    package var comment: String {
        switch self {
        case .results: "One row per borehole, instrument and window of time, written by kappa sink; times are UTC."
        case .raw: "One row per record of a topic, as it came, written by kappa sink; times are UTC."
        }
    }

    private static let resultColumns = [
        ColumnDefinition("id", .identity, required: true, "Grows in the order of arrival; it has gaps."),
        ColumnDefinition("boreholenumber", .text, required: true, "The borehole, such as BH-9483."),
        ColumnDefinition("instrument", .text, required: true, "The kind of instrument, such as piezometer."),
        ColumnDefinition("surfacelevel", .real, "Surface level of the borehole in metres."),
        ColumnDefinition("northing", .real, "Grid northing in metres."),
        ColumnDefinition("easting", .real, "Grid easting in metres."),
        ColumnDefinition("reading", .real, required: true, "The mean of the window's readings, in units."),
        ColumnDefinition("ts", .time, required: true, "The time of the window's latest reading."),
        ColumnDefinition("units", .text, "The unit of reading, min, max and sum."),
        ColumnDefinition("window_start", .time, required: true, "The window's first moment."),
        ColumnDefinition("window_end", .time, required: true, "The first moment after the window."),
        ColumnDefinition("count", .whole, required: true, "How many readings the window has."),
        ColumnDefinition("min", .real, "The smallest reading."),
        ColumnDefinition("max", .real, "The largest reading."),
        ColumnDefinition("sum", .real, "The sum of the readings."),
        ColumnDefinition("source_topic", .text, required: true, "The topic that the row was read from."),
        ColumnDefinition("source_partition", .whole, required: true, "The partition that the row was read from."),
        ColumnDefinition("source_offset", .whole, required: true, "The offset that the row was read at."),
    ]

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
