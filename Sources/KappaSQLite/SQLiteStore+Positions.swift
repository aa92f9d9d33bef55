import KappaCore
import KappaStores

extension SQLiteStore {
    /// Whether every position still stood at `from` and was moved on.
    func advance(_ target: ViewTarget, _ advances: [SinkAdvance]) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            UPDATE kappa_offset SET next_offset = ?5, witness_offset = coalesce(?6, witness_offset), \
            witness_digest = coalesce(?7, witness_digest), updated_at = \(dialect.now) \
            WHERE sink = ?1 AND topic = ?2 AND "partition" = ?3 AND next_offset = ?4 RETURNING 1
            """)
        for step in advances {
            statement.reset()
            try statement.bind([
                .text(target.sink), .text(step.source.topic), .integer(Int64(step.source.partition)),
                .integer(step.from), .integer(step.to), step.witness.map { .integer($0.offset) } ?? .null,
                step.witness.map { .integer($0.digest) } ?? .null,
            ])
            guard try statement.step() else { return false }
            while try statement.step() {}
        }
        return true
    }
}
