/// A partition that a sink reads.
package struct SourcePartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var topic: String
    package var partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    package var description: String { "\(topic)[\(partition)]" }
}

/// The last record that a sink stored, so that a log which was deleted and filled again is known for another one.
///
/// The clients of today do not all learn a topic's id, but every log can be asked for one record.
package struct Witness: Equatable, Sendable {
    package var offset: Int64
    package var digest: Int64

    package init(offset: Int64, digest: Int64) {
        self.offset = offset
        self.digest = digest
    }

    /// FNV-1a over the record's time, key and value: it meets no adversary, only another record.
    package init(offset: Int64, milliseconds: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        withUnsafeBytes(of: milliseconds.littleEndian) { $0.forEach(mix) }
        for part in [key, value] {
            mix(part == nil ? 0 : 1)
            part?.forEach(mix)
        }
        self.init(offset: offset, digest: Int64(bitPattern: hash))
    }
}

/// How far a sink has come in a partition, as the store knows it.
package struct SinkPosition: Equatable, Sendable {
    package var source: SourcePartition
    package var nextOffset: Int64
    package var clusterID: String
    package var witness: Witness?

    package init(source: SourcePartition, nextOffset: Int64, clusterID: String, witness: Witness? = nil) {
        self.source = source
        self.nextOffset = nextOffset
        self.clusterID = clusterID
        self.witness = witness
    }
}

/// A step of a sink in one partition: valid only while the store still stands at `from`.
package struct SinkAdvance: Equatable, Sendable {
    package var source: SourcePartition
    package var from: Int64
    package var to: Int64
    package var witness: Witness?

    package init(source: SourcePartition, from: Int64, to: Int64, witness: Witness? = nil) {
        self.source = source
        self.from = from
        self.to = to
        self.witness = witness
    }
}
