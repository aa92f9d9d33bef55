import KappaRecords

extension RecordBatch {
    /// The leader epoch lies outside the checksum: only that there is a single one tells whether it is right.
    func requireKnownEpoch() throws(Damage) {
        guard leaderEpoch == PartitionLog.leaderEpoch else {
            throw .counts("has leader epoch \(leaderEpoch) where \(PartitionLog.leaderEpoch) was due")
        }
    }
}
