import KappaRecords

/// What goes to one partition: records that are gathered on one thread, then packed and sent by another.
///
/// Unchecked: whoever gathers lets go of it before it is sent.
final class OutgoingBatch: @unchecked Sendable {
    private(set) var topic = ""
    private(set) var partition: Int32 = 0
    var builder = RecordBatchBuilder()
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var packedSize = 0

    deinit { memory.deallocate() }

    /// Serves again, in the memory that it has.
    func begin(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
        builder.removeAll()
    }

    /// The batch as it goes out, until the next one is packed.
    var packed: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<packedSize]) }

    func pack() {
        let bound = builder.packedBound
        if bound > memory.count {
            memory.deallocate()
            memory = .allocate(byteCount: bound, alignment: 16)
        }
        packedSize = builder.pack(into: memory)
    }
}
