import Glibc
import KappaCore

/// Where a keyed record must lie: with its key, in the partition that Kafka's default partitioner gives that key.
///
/// If every record passes, no key is ever split over partitions, so no window is.
package struct Placement: Sendable {
    package var partition: Int32
    package var partitions: Int32

    package init(partition: Int32, partitions: Int32) {
        self.partition = partition
        self.partitions = partitions
    }

    func fault(of key: UnsafeRawBufferPointer?, expected: UnsafeRawBufferPointer) -> Rejection? {
        guard let key, key.elementsEqual(expected) else {
            let named = key.map { "'\(String(decoding: $0, as: UTF8.self))'" } ?? "null"
            let wanted = String(decoding: expected, as: UTF8.self)
            return Rejection(.wrongPartition, detail: "the record's key is \(named), not '\(wanted)'")
        }
        let home = Placement.partition(of: key, among: partitions)
        guard home != partition else { return nil }
        return Rejection(.wrongPartition, detail: "the key belongs to partition \(home)")
    }

    /// Kafka's default: murmur2 with the sign bit cleared, modulo the partitions.
    package static func partition(of key: UnsafeRawBufferPointer, among partitions: Int32) -> Int32 {
        Int32(bitPattern: murmur2(key) & 0x7FFF_FFFF) % partitions
    }

    /// Austin Appleby's MurmurHash2 with the seed that Kafka's clients share.
    static func murmur2(_ key: UnsafeRawBufferPointer) -> UInt32 {
        let scale: UInt32 = 0x5BD1_E995
        var hash: UInt32 = 0x9747_B28C ^ UInt32(truncatingIfNeeded: key.count)
        var place = 0
        while place + 4 <= key.count {
            var word = UInt32(littleEndian: key.loadUnaligned(fromByteOffset: place, as: UInt32.self))
            word = word &* scale
            word ^= word >> 24
            hash = (hash &* scale) ^ (word &* scale)
            place += 4
        }
        let rest = key.count - place
        if rest > 2 { hash ^= UInt32(key[place + 2]) << 16 }
        if rest > 1 { hash ^= UInt32(key[place + 1]) << 8 }
        if rest > 0 { hash = (hash ^ UInt32(key[place])) &* scale }
        hash = (hash ^ hash >> 13) &* scale
        return hash ^ hash >> 15
    }
}
