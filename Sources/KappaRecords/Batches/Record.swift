/// One record, borrowed from the bytes of its batch; it must not outlive them.
package struct Record {
    package var offset: Int64
    package var timestamp: Int64
    package var key: UnsafeRawBufferPointer?
    package var value: UnsafeRawBufferPointer?
    package var headerCount: Int
    /// The headers as they stand in the record; `forEachHeader` reads them.
    package var headerBytes: UnsafeRawBufferPointer

    package init(
        offset: Int64, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headerCount: Int, headerBytes: UnsafeRawBufferPointer
    ) {
        (self.offset, self.timestamp, self.key, self.value) = (offset, timestamp, key, value)
        (self.headerCount, self.headerBytes) = (headerCount, headerBytes)
    }

    /// Whether the headers are as many as was said, each with a key, and nothing is left over.
    package var hasSoundHeaders: Bool {
        guard headerCount > 0 else { return headerBytes.isEmpty }
        var reader = VarintReader(headerBytes)
        for _ in 0..<headerCount {
            guard case .bytes = reader.sizedBytes() else { return false }
            if case .damaged = reader.sizedBytes() { return false }
        }
        return reader.remaining == 0
    }

    package func forEachHeader(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        var reader = VarintReader(headerBytes)
        for _ in 0..<headerCount {
            guard case .bytes(let key) = reader.sizedBytes() else { return }
            switch reader.sizedBytes() {
            case .bytes(let value): body(key, value)
            case .null: body(key, nil)
            case .damaged: return
            }
        }
    }
}
