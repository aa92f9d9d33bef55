/// A record of the input as a job sees it: borrowed, with nothing of where it was fetched from but its offset.
package struct SourceRecord {
    package var offset: Int64
    /// The log's own time of the record, in milliseconds.
    package var timestamp: Int64
    package var key: UnsafeRawBufferPointer?
    /// Nil for a null value, which is not an empty one.
    package var value: UnsafeRawBufferPointer?

    @inlinable
    package init(
        offset: Int64, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
    }
}
