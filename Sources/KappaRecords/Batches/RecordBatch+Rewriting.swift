extension RecordBatch {
    /// Sets what the broker decides, in place; both fields lie before the checksum's reach.
    package static func assign(baseOffset: Int64, leaderEpoch: Int32, in bytes: UnsafeMutableRawBufferPointer) {
        bytes.setBigEndian(baseOffset, at: 0)
        bytes.setBigEndian(leaderEpoch, at: 12)
    }

    /// Stamps the whole batch with the time of appending and makes its checksum anew.
    package static func stamp(logAppendTime milliseconds: Int64, in bytes: UnsafeMutableRawBufferPointer) {
        let attributes = UnsafeRawBufferPointer(bytes).bigEndian(at: 21, as: UInt16.self)
        bytes.setBigEndian(attributes | Attributes.logAppendTime.rawValue, at: 21)
        bytes.setBigEndian(milliseconds, at: 35)
        seal(bytes)
    }

    /// Writes the checksum over everything behind it.
    package static func seal(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let batch = RecordBatch(startOf: UnsafeRawBufferPointer(bytes)) else { return }
        bytes.setBigEndian(batch.computedChecksum, at: 17)
    }
}
