import KappaCore

/// Reads the JSON of a window's result into the fields of a row, or says why it is none.
struct ResultDecoder: ~Copyable {
    /// The order of `init(fields:)` and the names for the indexes below.
    private enum Field: Int, CaseIterable {
        case borehole, instrument, surfaceLevel, northing, easting, reading, units, timestamp
        case windowStart, windowEnd, count, minimum, maximum, sum, withdrawn

        var name: String {
            switch self {
            case .borehole: "borehole_number"
            case .instrument: "instrument"
            case .surfaceLevel: "surface_level"
            case .northing: "northing"
            case .easting: "easting"
            case .reading: "reading"
            case .units: "units"
            case .timestamp: "timestamp"
            case .windowStart: "window_start"
            case .windowEnd: "window_end"
            case .count: "count"
            case .minimum: "min"
            case .maximum: "max"
            case .sum: "sum"
            case .withdrawn: "withdrawn"
            }
        }
    }

    /// An index entry of PostgreSQL ends at 2704 bytes; a name of this length is somebody's mistake anyway.
    static let longestText = 1000

    private var reader = JSONFieldReader(fields: Field.allCases.map(\.name))
    private var buffer = JSONBuffer()

    /// Fills in `fields` from the record whose bytes lie at `value` in the arena; returns why it is refused.
    mutating func decode(
        _ value: ByteArena.Slice, in arena: inout ByteArena, into fields: inout ResultFields
    ) -> String? {
        buffer.load(arena.bytes(value))
        do {
            guard try reader.read(buffer) == .object else { return "the value is not a JSON object" }
        } catch {
            return "the value is not JSON: \(error), at byte \(reader.faultOffset)"
        }
        do {
            fields.borehole = try name(.borehole, value, &arena)
            fields.instrument = try name(.instrument, value, &arena)
            fields.units = try text(.units, value, &arena)
            fields.surfaceLevel = try number(.surfaceLevel)
            fields.northing = try number(.northing)
            fields.easting = try number(.easting)
            fields.reading = try required(.reading, try number(.reading))
            fields.timestamp = try time(.timestamp)
            fields.windowStart = try time(.windowStart)
            fields.windowEnd = try time(.windowEnd)
            fields.minimum = try number(.minimum)
            fields.maximum = try number(.maximum)
            fields.sum = try number(.sum)
            fields.count = try whole(.count)
            fields.isWithdrawn = self.value(.withdrawn).kind == .true
            return nil
        } catch {
            return error.reason
        }
    }

    private struct Refusal: Error { var reason: String }

    @inline(__always)
    private func value(_ field: Field) -> JSONValue { reader[field.rawValue] }

    private func required<Value>(_ field: Field, _ value: Value?) throws(Refusal) -> Value {
        guard let value else { throw Refusal(reason: "'\(field.name)' is missing") }
        return value
    }

    private func number(_ field: Field) throws(Refusal) -> Double? {
        let value = value(field)
        switch value.kind {
        case .absent, .null: return nil
        case .number:
            if let number = value.double { return number }
            throw Refusal(reason: "'\(field.name)' is beyond the range of a number: \(value.text)")
        default: throw Refusal(reason: "'\(field.name)' is not a number")
        }
    }

    private func whole(_ field: Field) throws(Refusal) -> Int64 {
        let number = try required(field, try number(field))
        guard let whole = Int64(exactly: number) else { throw Refusal(reason: "'\(field.name)' is not a whole number") }
        return whole
    }

    private func time(_ field: Field) throws(Refusal) -> Int64 {
        let value = try required(field, value(field).kind == .absent ? nil : value(field))
        guard value.kind == .string, let time = Timestamp(rfc3339: value.content) else {
            throw Refusal(reason: "'\(field.name)' is not a time")
        }
        guard TimeBounds.storable.contains(time) else {
            throw Refusal(reason: "'\(field.name)' lies outside the years 1 to 9999: \(time)")
        }
        return time.milliseconds
    }

    private func name(
        _ field: Field, _ record: ByteArena.Slice, _ arena: inout ByteArena
    ) throws(Refusal) -> ByteArena.Slice {
        let name = try required(field, try text(field, record, &arena))
        guard name.count > 0 else { throw Refusal(reason: "'\(field.name)' is empty") }
        return name
    }

    /// A text without escapes stays where the record lies; only another one costs a copy.
    private func text(
        _ field: Field, _ record: ByteArena.Slice, _ arena: inout ByteArena
    ) throws(Refusal) -> ByteArena.Slice? {
        let value = value(field)
        if value.kind == .absent || value.kind == .null { return nil }
        guard value.kind == .string else { throw Refusal(reason: "'\(field.name)' is not a text") }
        guard value.content.count <= ResultDecoder.longestText else {
            throw Refusal(reason: "'\(field.name)' is longer than \(ResultDecoder.longestText) bytes")
        }
        if !value.isEscaped, let start = value.content.baseAddress {
            return ByteArena.Slice(
                start: record.start + (start - UnsafeRawPointer(buffer.start)), count: value.content.count)
        }
        var text = value.text
        guard !text.utf8.contains(0) else {
            throw Refusal(reason: "'\(field.name)' holds a NUL character, which no store keeps in a text")
        }
        return text.withUTF8 { arena.append(UnsafeRawBufferPointer($0)) }
    }
}
