package import KappaCore

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

    /// Of the record's time, key and value: it meets no adversary, only another record.
    package init(offset: Int64, milliseconds: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        var fingerprint = Fingerprint()
        withUnsafeBytes(of: milliseconds.littleEndian) { fingerprint.add($0) }
        for part in [key, value] {
            fingerprint.add(UInt8(part == nil ? 0 : 1))
            if let part { fingerprint.add(part) }
        }
        self.init(offset: offset, digest: Int64(bitPattern: fingerprint.value))
    }
}

/// How far a sink has come in a partition, as the store knows it.
package struct SinkPosition: Equatable, Sendable {
    package var source: TopicPartition
    package var nextOffset: Int64
    package var clusterID: String
    package var witness: Witness?

    package init(source: TopicPartition, nextOffset: Int64, clusterID: String, witness: Witness? = nil) {
        self.source = source
        self.nextOffset = nextOffset
        self.clusterID = clusterID
        self.witness = witness
    }
}

/// A step of a sink in one partition: valid only while the store still stands at `from`.
package struct SinkAdvance: Equatable, Sendable {
    package var source: TopicPartition
    package var from: Int64
    package var to: Int64
    package var witness: Witness?

    package init(source: TopicPartition, from: Int64, to: Int64, witness: Witness? = nil) {
        self.source = source
        self.from = from
        self.to = to
        self.witness = witness
    }
}
