import KappaCore

/// How one schema's bytes are read as another schema's values, worked out once: what each value becomes, which fields
/// are stepped over, what stands for the fields that the writer did not have.
///
/// The steps are plain numbers in flat arrays; a step that reads nested values names the steps of those.
package final class AvroPlan: Sendable {
    /// How values look as JSON.
    package enum Style: Sendable {
        /// As people and jobs read them: times, dates and decimals as text, no word on a union's branch.
        case plain
        /// The specification's JSON encoding: logical types as the numbers that they are, branches named.
        case avro
    }

    /// A piece of `texts`.
    struct Text {
        var start: Int32
        var count: Int32
    }

    struct FieldStep {
        var step: Int32
        /// The comma, the name and the colon; a field that is stepped over has none.
        var prefix: Text
        var isSkipped: Bool
        /// The field's name for the reader, in `names`.
        var name: Int32
    }

    enum Step {
        case null, boolean, int, long, float, double, string, bytes
        case intAsFloat, intAsDouble, longAsFloat, longAsDouble, bytesAsString, stringAsBytes
        case fixed(size: Int32)
        case symbols(first: Int32, count: Int32)
        case array(Int32)
        case map(Int32)
        case record(first: Int32, count: Int32, tail: Text, defaults: Int32)
        case union(first: Int32, count: Int32)
        case tagged(Text, Int32)
        /// Another step's, which was not ready to be copied: a type that holds itself.
        case forward(Int32)
        case moment(AvroMoment)
        /// A size of -1 is for bytes behind their length.
        case decimal(scale: Int32, size: Int32)
        case refuse(Int32)
    }

    package let style: Style
    let steps: [Step]
    let root: Int32
    let fields: [FieldStep]
    /// What an enum's symbols become, quoted; a count of -1 for one that the reader does not know.
    let symbols: [Text]
    let branches: [Int32]
    let texts: [UInt8]
    let names: [String]
    /// Per record, the fields that the writer did not have: a name and its JSON.
    let defaults: [[(name: String, json: Text)]]
    let reasons: [String]

    /// Reads the writer's bytes as the reader's schema has them.
    package init(writer: AvroSchema, reader: AvroSchema, style: Style = .plain) {
        var builder = AvroPlanBuilder(writer: writer, reader: reader, style: style)
        root = builder.resolve(writer.root, reader.root)
        self.style = style
        steps = builder.steps
        fields = builder.fields
        symbols = builder.symbols
        branches = builder.branches
        texts = builder.texts
        names = builder.names
        defaults = builder.defaults
        reasons = builder.reasons
    }

    /// Reads bytes by the schema that wrote them.
    package convenience init(_ schema: AvroSchema, style: Style = .plain) {
        self.init(writer: schema, reader: schema, style: style)
    }

    /// Why no value at all can be read; nil where some can.
    package var refusal: String? {
        if case .refuse(let reason) = steps[Int(root)] { return reasons[Int(reason)] }
        return nil
    }

    func text(_ text: Text) -> UnsafeRawBufferPointer {
        texts.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[Int(text.start)..<Int(text.start + text.count)]) }
    }
}

/// What a whole number stands for, and how it is sent.
enum AvroMoment: UInt8 {
    case date
    case timeMillis, timeMicros
    case timestampMillis, timestampMicros, timestampNanos
    case localTimestampMillis, localTimestampMicros, localTimestampNanos

    init?(_ type: AvroLogicalType) {
        switch type {
        case .date: self = .date
        case .timeMillis: self = .timeMillis
        case .timeMicros: self = .timeMicros
        case .timestampMillis: self = .timestampMillis
        case .timestampMicros: self = .timestampMicros
        case .timestampNanos: self = .timestampNanos
        case .localTimestampMillis: self = .localTimestampMillis
        case .localTimestampMicros: self = .localTimestampMicros
        case .localTimestampNanos: self = .localTimestampNanos
        case .decimal, .uuid: return nil
        }
    }
}
