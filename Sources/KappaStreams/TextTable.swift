import KappaCore

/// A few texts that are looked at for every record: without an array for each, whose references would be counted.
final class TextTable {
    let count: Int
    private var bytes = ByteWriter()
    private let ends: UnsafeMutableBufferPointer<Int>

    /// `write` appends the text of each index.
    init(_ count: Int, _ write: (Int, inout ByteWriter) -> Void) {
        self.count = count
        ends = .allocate(capacity: count + 1)
        ends.initialize(repeating: 0)
        for index in 0..<count {
            write(index, &bytes)
            ends[index + 1] = bytes.count
        }
    }

    deinit { ends.deallocate() }

    subscript(index: Int) -> UnsafeRawBufferPointer { bytes.bytes(ends[index]..<ends[index + 1]) }
}
