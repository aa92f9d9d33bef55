package import KappaStores

extension SQLiteStore {
    package func positions(of target: ViewTarget) throws(StoreError) -> [SinkPosition] {
        let rows = try connection.prepare(
            """
            SELECT topic, partition, next_offset, cluster_id, witness_offset, witness_digest \
            FROM kappa_offset WHERE sink = ?1 ORDER BY topic, partition
            """, [.text(target.sink)])
        var positions: [SinkPosition] = []
        while try rows.step() {
            let source = SourcePartition(topic: rows.text(0) ?? "", partition: Int32(rows.integer(1) ?? 0))
            var position = SinkPosition(
                source: source, nextOffset: rows.integer(2) ?? 0, clusterID: rows.text(3) ?? "")
            if let offset = rows.integer(4), let digest = rows.integer(5) {
                position.witness = Witness(offset: offset, digest: digest)
            }
            positions.append(position)
        }
        return positions
    }

    package func begin(_ target: ViewTarget, at positions: [SinkPosition]) throws(StoreError) {
        let sql = """
            INSERT INTO kappa_offset VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, \(dialect.now)) \
            ON CONFLICT (sink, topic, partition) DO NOTHING
            """
        try transaction { () throws(StoreError) in
            for position in positions {
                try connection.execute(
                    sql,
                    [
                        .text(target.sink), .text(position.source.topic), .integer(Int64(position.source.partition)),
                        .integer(position.nextOffset), .text(position.clusterID),
                        position.witness.map { .integer($0.offset) } ?? .null,
                        position.witness.map { .integer($0.digest) } ?? .null,
                    ])
            }
        }
    }

    /// Whether every position still stood at `from` and was moved on.
    func advance(_ target: ViewTarget, _ advances: [SinkAdvance]) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            UPDATE kappa_offset SET next_offset = ?5, witness_offset = coalesce(?6, witness_offset), \
            witness_digest = coalesce(?7, witness_digest), updated_at = \(dialect.now) \
            WHERE sink = ?1 AND topic = ?2 AND partition = ?3 AND next_offset = ?4 RETURNING 1
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
