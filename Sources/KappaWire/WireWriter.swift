/// Collects outgoing bytes. Record sets need not be among them: a splice marks where bytes from elsewhere, such as a
/// log file, go between two parts, and the lengths written count them.
package struct WireWriter {
    package struct Splice: Equatable, Sendable {
        /// How many of the writer's own bytes come before it.
        package var position: Int
        /// What the writer of the message called it.
        package var reference: Int
        package var count: Int
    }

    package private(set) var bytes: [UInt8] = []
    /// In ascending order of position.
    package private(set) var splices: [Splice] = []
    private var splicedCount = 0

    package init() {}

    /// All the bytes that go out, the spliced ones too.
    package var count: Int { bytes.count + splicedCount }

    /// Forgets what was written and keeps the memory for the next message.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        splices.removeAll(keepingCapacity: true)
        splicedCount = 0
    }

    /// Hands over what it holds, so that its bytes have one owner and grow in place.
    mutating func take() -> WireWriter {
        var taken = WireWriter()
        swap(&taken, &self)
        return taken
    }

    package mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func append(contentsOf slice: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: slice)
    }

    package mutating func append(contentsOf array: [UInt8]) {
        bytes.append(contentsOf: array)
    }

    package mutating func append(contentsOf text: String.UTF8View) {
        bytes.append(contentsOf: text)
    }

    package mutating func append(variableLengthNumber number: UInt32) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    package mutating func splice(reference: Int, count: Int) {
        guard count > 0 else { return }
        splices.append(Splice(position: bytes.count, reference: reference, count: count))
        splicedCount += count
    }
}

// MARK: Frames: a message after its length in four bytes

extension WireWriter {
    /// Where a frame began, so that a failed message can be taken back and a finished one be given its length.
    struct Mark {
        fileprivate var bytes: Int
        fileprivate var splices: Int
        fileprivate var splicedCount: Int
    }

    mutating func beginFrame() -> Mark {
        let mark = mark()
        append(Int32(0))
        return mark
    }

    mutating func endFrame(_ mark: Mark) throws(WireError) {
        let length = count - (mark.bytes + mark.splicedCount) - 4
        guard let prefix = UInt32(exactly: length), prefix <= Int32.max else {
            throw .tooLongToWrite(length, maximum: Int(Int32.max))
        }
        for place in 0..<4 {
            bytes[mark.bytes + place] = UInt8(truncatingIfNeeded: prefix >> (24 - 8 * UInt32(place)))
        }
    }

    func mark() -> Mark {
        Mark(bytes: bytes.count, splices: splices.count, splicedCount: splicedCount)
    }

    mutating func takeBack(to mark: Mark) {
        bytes.removeSubrange(mark.bytes...)
        splices.removeSubrange(mark.splices...)
        splicedCount = mark.splicedCount
    }
}
