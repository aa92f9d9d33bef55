import KappaCore
import KappaStores

/// Rows in the format of COPY … (FORMAT binary), as PostgreSQL's manual lays it out.
struct BinaryCopy: ~Copyable {
    private var arena = ByteArena(capacity: 1 << 20)
    private var kinds: [ResultField.Kind] = []

    var bytes: UnsafeRawBufferPointer { arena.all }

    /// Fills in `rows` of the batch, in the order of the target's written columns.
    mutating func encode(_ rows: ArraySlice<BatchRow>, of batch: RowBatch) {
        kinds = batch.schema.fields.map(\.kind)
        arena.removeAll()
        arena.reserve(32)
        var header = BinaryWriter(arena.base)
        // The signature: PGCOPY, a line end, 255, carriage return, line end, 0; then no flags and no extension.
        for byte in Array("PGCOPY\n".utf8) + [255, 13, 10, 0] { header.put(byte) }
        header.put(Int32(0))
        header.put(Int32(0))
        arena.advance(header.pointer - arena.base)
        for row in rows { encode(row, of: batch) }
        arena.reserve(2)
        var trailer = BinaryWriter(arena.base + arena.count)
        trailer.put(Int16(-1))
        arena.advance(2)
    }

    private mutating func encode(_ row: BatchRow, of batch: RowBatch) {
        let topic = batch.topics[row.source]
        let partition = Int64(batch.sources[row.source].partition)
        // A field takes twelve bytes at most, beside the texts, and those of a result were in its record.
        let texts = (row.key?.count ?? 0) + (row.value?.count ?? 0) + (row.headers?.count ?? 0)
        let room = 256 + 12 * batch.schema.fields.count + topic.count + texts
        arena.reserve(room)
        let start = arena.base + arena.count
        var writer = BinaryWriter(start)
        switch batch.shape {
        case .results: writer.put(batch.cells(of: row), kinds, topic, partition, row.offset, batch.arena.base)
        case .raw: writer.putRaw(row, topic, partition, batch.arena.base)
        }
        arena.advance(writer.pointer - start)
    }
}

/// Puts big-endian fields down where room has been made for them.
private struct BinaryWriter {
    var pointer: UnsafeMutableRawPointer

    init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }

    mutating func put(
        _ cells: UnsafeBufferPointer<BatchCell>, _ kinds: [ResultField.Kind], _ topic: ByteArena.Slice,
        _ partition: Int64, _ offset: Int64, _ texts: UnsafeRawPointer
    ) {
        put(Int16(cells.count + 3))
        for index in cells.indices {
            let cell = cells[index]
            guard !cell.isNull else {
                put(Int32(-1))
                continue
            }
            switch kinds[index] {
            case .text, .any: put(text: cell.slice, texts)
            case .number, .whole:
                put(Int32(8))
                put(cell.bits)
            case .time: put(time: cell.whole)
            }
        }
        put(text: topic, texts)
        put(whole: partition)
        put(whole: offset)
    }

    mutating func putRaw(_ row: BatchRow, _ topic: ByteArena.Slice, _ partition: Int64, _ texts: UnsafeRawPointer) {
        put(Int16(7))
        put(text: topic, texts)
        put(whole: partition)
        put(whole: row.offset)
        put(time: row.milliseconds)
        put(text: row.key, texts)
        put(json: row.value, texts)
        put(json: row.headers, texts)
    }

    @inline(__always)
    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        pointer.storeBytes(of: number.bigEndian, as: Number.self)
        pointer += MemoryLayout<Number>.size
    }

    @inline(__always)
    private mutating func put(whole number: Int64) {
        put(Int32(8))
        put(number)
    }

    /// Microseconds since 2000-01-01, which is 946,684,800 seconds after 1970.
    @inline(__always)
    private mutating func put(time milliseconds: Int64) {
        put(Int32(8))
        put((milliseconds - 946_684_800_000) * 1000)
    }

    @inline(__always)
    private mutating func put(text: ByteArena.Slice?, _ texts: UnsafeRawPointer) {
        guard let text else { return put(Int32(-1)) }
        put(Int32(text.count))
        pointer.copyMemory(from: texts + text.start, byteCount: text.count)
        pointer += text.count
    }

    /// jsonb goes as its version, 1, and the text.
    private mutating func put(json: ByteArena.Slice?, _ texts: UnsafeRawPointer) {
        guard let json else { return put(Int32(-1)) }
        put(Int32(json.count + 1))
        put(UInt8(1))
        pointer.copyMemory(from: texts + json.start, byteCount: json.count)
        pointer += json.count
    }
}
