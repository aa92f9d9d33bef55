extension RecordBatch {
    /// Gives each record in turn, after decompressing where that is needed.
    package func forEachRecord(_ body: (Record) -> Void) throws(Damage) {
        let records = try Decompressor.records(of: self)
        switch records {
        case .inPlace:
            var reader = RecordReader(self)
            while let record = try reader.next() { body(record) }
        case .decompressed(let bytes):
            try bytes.withRawBytes { raw throws(Damage) in
                var reader = RecordReader(self, records: raw)
                while let record = try reader.next() { body(record) }
            }
        }
    }
}
