import KappaCore

/// Reads the JSON of a result into the cells of a row, or says why it is none.
struct ResultDecoder: ~Copyable {
    /// An index entry of PostgreSQL ends at 2704 bytes; a name of this length is somebody's mistake anyway.
    static let longestText = 1000

    private let fields: [ResultField]
    private var reader: JSONFieldReader
    private var buffer = JSONBuffer()
    private let withdrawn: Int
    private(set) var isWithdrawn = false
    private var unknown = UnknownFields()

    init(_ schema: ResultSchema) {
        fields = schema.fields
        withdrawn = fields.count
        reader = JSONFieldReader(fields: fields.map(\.name) + ["withdrawn"], notesStrangers: true)
    }

    /// Fills in the cells from the record whose bytes lie at `value` in the arena; returns why it is refused.
    mutating func decode(
        _ value: ByteArena.Slice, in arena: inout ByteArena, into cells: UnsafeMutablePointer<BatchCell>
    ) -> String? {
        buffer.load(arena.bytes(value))
        do {
            guard try reader.read(buffer) == .object else { return "the value is not a JSON object" }
        } catch {
            return "the value is not JSON: \(error), at byte \(reader.faultOffset)"
        }
        do throws(Refusal) {
            for index in fields.indices {
                (cells + index).initialize(to: try cell(index, value, &arena))
            }
        } catch {
            return error.reason
        }
        isWithdrawn = reader[withdrawn].kind == .true
        if !reader.strangeNames.isEmpty { unknown.meet(reader.strangeNames) }
        return nil
    }

    mutating func takeUnknownField() -> String? { unknown.take() }

    private struct Refusal: Error { var reason: String }

    @inline(__always)
    private func cell(
        _ index: Int, _ record: ByteArena.Slice, _ arena: inout ByteArena
    ) throws(Refusal) -> BatchCell {
        let value = reader[index]
        switch fields[index].kind {
        case .number: return try number(value, index)
        case .time: return try time(value, index)
        case .whole: return try whole(value, index)
        case .text, .any: return try text(value, index, record, &arena)
        }
    }

    private func absent(_ index: Int) throws(Refusal) -> BatchCell {
        guard !fields[index].isRequired else { throw Refusal(reason: "'\(fields[index].name)' is missing") }
        return .null
    }

    @inline(__always)
    private func number(_ value: JSONValue, _ index: Int) throws(Refusal) -> BatchCell {
        switch value.kind {
        case .absent, .null: return try absent(index)
        case .number:
            if let number = value.double { return BatchCell(number) }
            throw Refusal(reason: "'\(fields[index].name)' is beyond the range of a number: \(value.text)")
        default: throw Refusal(reason: "'\(fields[index].name)' is not a number")
        }
    }

    private func whole(_ value: JSONValue, _ index: Int) throws(Refusal) -> BatchCell {
        let cell = try number(value, index)
        if cell.isNull { return cell }
        guard let whole = Int64(exactly: cell.double) else {
            throw Refusal(reason: "'\(fields[index].name)' is not a whole number")
        }
        return BatchCell(whole)
    }

    @inline(__always)
    private func time(_ value: JSONValue, _ index: Int) throws(Refusal) -> BatchCell {
        if value.kind == .absent || (value.kind == .null && !fields[index].isRequired) { return try absent(index) }
        guard value.kind == .string, let time = Timestamp(rfc3339: value.content) else {
            throw Refusal(reason: "'\(fields[index].name)' is not a time")
        }
        guard TimeBounds.storable.contains(time) else {
            throw Refusal(reason: "'\(fields[index].name)' lies outside the years 1 to 9999: \(time)")
        }
        return BatchCell(time.milliseconds)
    }

    /// A text without escapes stays where the record lies; only another one costs a copy.
    private func text(
        _ value: JSONValue, _ index: Int, _ record: ByteArena.Slice, _ arena: inout ByteArena
    ) throws(Refusal) -> BatchCell {
        if value.kind == .absent || value.kind == .null { return try absent(index) }
        let field = fields[index]
        guard value.kind == .string || field.kind == .any else {
            throw Refusal(reason: "'\(field.name)' is not a text")
        }
        let bytes = value.kind == .string ? value.content : value.raw
        guard bytes.count > 0 || !field.isKey else { throw Refusal(reason: "'\(field.name)' is empty") }
        // What is in no index may be as long as a record.
        guard bytes.count <= ResultDecoder.longestText || !field.isKey else {
            throw Refusal(reason: "'\(field.name)' is longer than \(ResultDecoder.longestText) bytes")
        }
        if value.kind != .string || !value.isEscaped, let start = bytes.baseAddress {
            return BatchCell(
                ByteArena.Slice(
                    start: record.start + (start - UnsafeRawPointer(buffer.start)), count: bytes.count))
        }
        var text = value.text
        guard !text.utf8.contains(0) else {
            throw Refusal(reason: "'\(field.name)' holds a NUL character, which no store keeps in a text")
        }
        return BatchCell(text.withUTF8 { arena.append(UnsafeRawBufferPointer($0)) })
    }
}

/// Names of fields that no column keeps, each told of once. Records may hold any number of names, so the memory of
/// them is bounded.
private struct UnknownFields {
    private static let most = 100
    private var known: [[UInt8]] = []
    private var waiting: [String] = []

    mutating func meet(_ names: [UnsafeRawBufferPointer]) {
        for name in names where known.count < UnknownFields.most && !known.contains(where: name.elementsEqual) {
            known.append(Array(name))
            waiting.append(String(decoding: name, as: UTF8.self))
        }
    }

    mutating func take() -> String? { waiting.isEmpty ? nil : waiting.removeFirst() }
}
