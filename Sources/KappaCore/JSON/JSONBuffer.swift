import Glibc

/// One record's bytes with zeros after them, so that the scan needs no end to compare against.
///
/// The copy is some ten nanoseconds for a reading and buys a scan without bounds; the storage is used again for the
/// next record.
package struct JSONBuffer: ~Copyable {
    /// More than any step of the scan looks ahead.
    package static let padding = 128

    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 4096) {
        self.capacity = capacity
        storage = .allocate(byteCount: capacity + JSONBuffer.padding, alignment: 16)
    }

    deinit { storage.deallocate() }

    package mutating func load(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count > capacity {
            storage.deallocate()
            capacity = bytes.count * 2
            storage = .allocate(byteCount: capacity + JSONBuffer.padding, alignment: 16)
        }
        count = bytes.count
        if let base = bytes.baseAddress { memcpy(storage, base, count) }
        memset(storage + count, 0, JSONBuffer.padding)
    }

    package var start: UnsafePointer<UInt8> { UnsafePointer(storage.assumingMemoryBound(to: UInt8.self)) }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: count) }
}
