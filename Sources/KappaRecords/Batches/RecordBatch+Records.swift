extension RecordBatch {
    /// Gives each record in turn, after decompressing where that is needed.
    package func forEachRecord(_ body: (Record) -> Void) throws(Damage) {
        guard attributes.codec != Codec.none else { return try walk(payload, body) }
        var memory = UnpackedBytes()
        try unpack(into: &memory)
        try walk(memory.bytes, body)
    }

    private func walk(_ records: UnsafeRawBufferPointer, _ body: (Record) -> Void) throws(Damage) {
        var reader = RecordReader(self, records: records)
        while let record = try reader.next() { body(record) }
    }
}
