/// Opens compressed batches, for the few who must look inside: compaction, key checks, look-ups by time.
enum Decompressor {
    enum Records {
        case inPlace
        case decompressed([UInt8])
    }

    static func records(of batch: RecordBatch) throws(RecordBatch.Damage) -> Records {
        switch batch.attributes.codec {
        case .none?: return .inPlace
        default: throw .counts("is compressed in a way that is not readable here")
        }
    }
}
