package import KappaCore

/// Where sinks stand, in a table beside the rows.
extension SQLStore {
    package func positions(of target: ViewTarget) throws(StoreError) -> [SinkPosition] {
        let own = target.view.qualified("\"kappa_offset\"")
        let rows = try values(
            """
            SELECT topic, "partition", next_offset, cluster_id, witness_offset, witness_digest \
            FROM \(own) WHERE sink = \(dialect.mark(1)) ORDER BY 1, 2
            """, [.text(target.sink)])
        return rows.map { row in
            func number(_ index: Int) -> Int64? { row[index].flatMap { Int64($0) } }
            let source = TopicPartition(row[0] ?? "", Int32(number(1) ?? 0))
            var position = SinkPosition(source: source, nextOffset: number(2) ?? 0, clusterID: row[3] ?? "")
            if let offset = number(4), let digest = number(5) {
                position.witness = Witness(offset: offset, digest: digest)
            }
            return position
        }
    }

    package func begin(
        _ target: ViewTarget, at positions: [SinkPosition], logEnds: [TopicPartition: Int64]
    ) throws(StoreError) {
        let own = target.view.qualified("\"kappa_offset\"")
        let marks = (1...7).map(dialect.mark).joined(separator: ", ")
        let sql = """
            INSERT INTO \(own) VALUES (\(marks), \(dialect.now)) \(dialect.unlessPresent(["sink", "topic", "partition"]))
            """
        try transaction { () throws(StoreError) in
            for position in positions.sorted(by: { $0.source < $1.source }) {
                _ = try execute(
                    SQLStatement(
                        sql: sql,
                        parameters: [
                            .text(target.sink), .text(position.source.topic),
                            .integer(Int64(position.source.partition)), .integer(position.nextOffset),
                            .text(position.clusterID), position.witness.map { .integer($0.offset) } ?? .null,
                            position.witness.map { .integer($0.digest) } ?? .null,
                        ]))
            }
        }
    }
}
