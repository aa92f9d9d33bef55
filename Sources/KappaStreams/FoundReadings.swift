import KappaCore

/// A reading that was found ahead of its turn, borrowed from its `FoundReadings`.
package struct FoundReading {
    package var offset: Int64
    var time: Int64
    var value: Double
    var route: Int
    var key: UnsafeRawBufferPointer
    var carried: UnsafeRawBufferPointer
}

/// What a `ReadAhead` found in the records of one block, in their order.
///
/// Unchecked: the thread that fills it lets go of it before another one reads it.
package final class FoundReadings: @unchecked Sendable {
    private struct Entry {
        var offset: Int64
        var time: Int64
        var value: Double
        /// Where the record lies in its block.
        var place: UInt32
        var start: UInt32
        var carriedLength: UInt32
        var keyLength: UInt16
        var route: UInt16
        var isReading: Bool
    }

    private var entries: [Entry] = []
    private var bytes = ByteWriter(capacity: 1 << 16)

    package init() {}

    /// Forgets what was found and keeps the memory for the next block.
    package func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll()
    }

    package var count: Int { entries.count }

    package func offset(of index: Int) -> Int64 { entries[index].offset }

    package func place(of index: Int) -> Int { Int(entries[index].place) }

    /// Nil for a record that is more than a reading, or less: it has to go the whole way when its turn comes.
    package subscript(index: Int) -> FoundReading? {
        let entry = entries[index]
        guard entry.isReading else { return nil }
        let start = Int(entry.start)
        let middle = start + Int(entry.keyLength)
        let end = middle + Int(entry.carriedLength)
        return FoundReading(
            offset: entry.offset, time: entry.time, value: entry.value, route: Int(entry.route),
            key: bytes.bytes(start..<middle), carried: bytes.bytes(middle..<end))
    }

    func add(offset: Int64, place: Int) {
        entries.append(
            Entry(
                offset: offset, time: 0, value: 0, place: UInt32(truncatingIfNeeded: place), start: 0, carriedLength: 0,
                keyLength: 0, route: 0, isReading: false))
    }

    func add(
        offset: Int64, place: Int, _ reading: ReadingIntake.Reading, key: UnsafeRawBufferPointer,
        carried: UnsafeRawBufferPointer
    ) {
        guard let keyLength = UInt16(exactly: key.count) else { return add(offset: offset, place: place) }
        entries.append(
            Entry(
                offset: offset, time: reading.time, value: reading.value, place: UInt32(truncatingIfNeeded: place),
                start: UInt32(truncatingIfNeeded: bytes.count),
                carriedLength: UInt32(truncatingIfNeeded: carried.count), keyLength: keyLength,
                route: UInt16(truncatingIfNeeded: reading.route), isReading: true))
        bytes.append(key)
        bytes.append(carried)
    }
}
