package import KappaStores

extension PostgresStore {
    package func positions(of target: ViewTarget) throws(StoreError) -> [SinkPosition] {
        let text = SchemaText(target, dialect)
        let rows = try connection.execute(
            """
            SELECT topic, partition, next_offset, cluster_id, witness_offset, witness_digest \
            FROM \(text.own("kappa_offset")) WHERE sink = $1 ORDER BY topic, partition
            """, [.text(target.sink)])
        return (0..<rows.rowCount).map { row in
            let source = SourcePartition(
                topic: rows.text(row, 0) ?? "", partition: Int32(rows.integer(row, 1) ?? 0))
            var position = SinkPosition(
                source: source, nextOffset: rows.integer(row, 2) ?? 0, clusterID: rows.text(row, 3) ?? "")
            if let offset = rows.integer(row, 4), let digest = rows.integer(row, 5) {
                position.witness = Witness(offset: offset, digest: digest)
            }
            return position
        }
    }

    package func begin(_ target: ViewTarget, at positions: [SinkPosition]) throws(StoreError) {
        let text = SchemaText(target, dialect)
        let sql = """
            INSERT INTO \(text.own("kappa_offset")) VALUES ($1, $2, $3, $4, $5, $6, $7, now()) \
            ON CONFLICT (sink, topic, partition) DO NOTHING
            """
        for position in positions.sorted(by: { $0.source < $1.source }) {
            _ = try connection.execute(
                sql,
                [
                    .text(target.sink), .text(position.source.topic), .integer(Int64(position.source.partition)),
                    .integer(position.nextOffset), .text(position.clusterID),
                    position.witness.map { .integer($0.offset) } ?? .null,
                    position.witness.map { .integer($0.digest) } ?? .null,
                ])
        }
    }

    /// Moves all positions on or, where one no longer stands at `from`, fewer. The rows are locked in one order.
    func advance(_ target: ViewTarget, _ advances: [SinkAdvance]) -> SQLStatement {
        let text = SchemaText(target, dialect)
        let sql = """
            WITH step AS (SELECT * FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], \
            $7::bigint[]) AS s(topic, partition, low, high, witness_offset, witness_digest)), \
            held AS (SELECT topic, partition FROM \(text.own("kappa_offset")) WHERE sink = $1 \
            AND (topic, partition) IN (SELECT topic, partition FROM step) ORDER BY topic, partition FOR UPDATE) \
            UPDATE \(text.own("kappa_offset")) AS o SET next_offset = step.high, \
            witness_offset = coalesce(step.witness_offset, o.witness_offset), \
            witness_digest = coalesce(step.witness_digest, o.witness_digest), updated_at = now() \
            FROM step JOIN held USING (topic, partition) WHERE o.sink = $1 AND o.topic = step.topic \
            AND o.partition = step.partition AND o.next_offset = step.low
            """
        func list(_ item: (SinkAdvance) -> Int64?) -> StoreValue {
            .text("{\(advances.map { item($0).map(String.init) ?? "NULL" }.joined(separator: ","))}")
        }
        let topics = advances.map { "\"\($0.source.topic.arrayEscaped)\"" }.joined(separator: ",")
        return SQLStatement(
            sql: sql,
            parameters: [
                .text(target.sink), .text("{\(topics)}"), list { Int64($0.source.partition) }, list { $0.from },
                list { $0.to }, list { $0.witness?.offset }, list { $0.witness?.digest },
            ])
    }
}

extension String {
    /// For a quoted element of an array's text, where quotes and backslashes need a backslash.
    fileprivate var arrayEscaped: String {
        reduce(into: "") { text, character in
            if character == "\"" || character == "\\" { text.append("\\") }
            text.append(character)
        }
    }
}
