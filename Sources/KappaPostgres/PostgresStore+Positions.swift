import KappaCore
import KappaStores

extension PostgresStore {
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
