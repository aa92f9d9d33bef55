import KappaCore
import KappaHTTP
import KappaStores

/// Where sinks stand: for each partition one document that says how it began, which is made once and never changed,
/// and one that says how far it is, which is a register like every row.
extension ElasticStore {
    private static func beginID(_ target: ViewTarget, _ source: TopicPartition) -> String {
        "begin|\(target.sink)|\(source.topic)|\(source.partition)"
    }

    static func positionID(_ target: ViewTarget, _ source: TopicPartition) -> String {
        "position|\(target.sink)|\(source.topic)|\(source.partition)"
    }

    package func positions(of target: ViewTarget) throws(StoreError) -> [SinkPosition] {
        try refresh(ElasticStore.own)
        var found: [TopicPartition: SinkPosition] = [:]
        var after: JSONTree?
        // Beginnings come before positions, and those take their place.
        let order: JSONTree = [["kind": "asc"], ["topic": "asc"], ["partition": "asc"]]
        while true {
            var body: [(String, JSONTree)] = [
                ("size", 5000), ("sort", order), ("track_total_hits", false),
                (
                    "query",
                    [
                        "bool": [
                            "filter": [
                                ["term": ["sink": .text(target.sink)]], ["terms": ["kind": ["begin", "position"]]],
                            ]
                        ]
                    ]
                ),
            ]
            if let after { body.append(("search_after", after)) }
            let answer = try client.send(
                .post, "/\(ElasticStore.own)/_search?allow_partial_search_results=false", .object(body), allowing: [404]
            )
            let hits = answer.root.member("hits").member("hits").items
            for hit in hits {
                guard let position = ElasticStore.position(hit.member("_source")) else { continue }
                found[position.source] = position
            }
            guard let last = hits.last else { break }
            after = last.member("sort")
        }
        return found.values.sorted { $0.source < $1.source }
    }

    static func position(_ source: JSONTree) -> SinkPosition? {
        guard let topic = source.member("topic").string, let partition = source.member("partition").whole,
            let next = source.member("next_offset").whole
        else { return nil }
        var position = SinkPosition(
            source: TopicPartition(topic, Int32(truncatingIfNeeded: partition)), nextOffset: next,
            clusterID: source.member("cluster_id").string ?? "")
        if let offset = source.member("witness_offset").whole, let digest = source.member("witness_digest").whole {
            position.witness = Witness(offset: offset, digest: digest)
        }
        return position
    }

    /// A partition's base lies above all that the logs hold of which others were begun before: a key that moves to a
    /// partition that was added is then newer there than whatever the old one has.
    package func begin(
        _ target: ViewTarget, at positions: [SinkPosition], logEnds: [TopicPartition: Int64]
    ) throws(StoreError) {
        var highest = Timestamp.now.milliseconds * 1000
        for (source, base) in try bases(of: target, logEnds.keys.sorted()) {
            highest = max(highest, base.addingSaturated(logEnds[source] ?? 0))
        }
        for position in positions.sorted(by: { $0.source < $1.source }) {
            var fields = ElasticStore.fields(of: position, target, kind: "begin")
            fields.append(("base", .whole(1 + highest - position.nextOffset)))
            let path = ElasticStore.path(ElasticStore.own, ElasticStore.beginID(target, position.source))
            // Whoever comes first is right; what is there then is read back.
            _ = try client.send(.put, path + "?op_type=create", .object(fields), allowing: [409])
        }
    }

    static func fields(
        of position: SinkPosition, _ target: ViewTarget, kind: JSONTree
    ) -> [(String, JSONTree)] {
        var fields: [(String, JSONTree)] = [
            ("kind", kind), ("sink", .text(target.sink)), ("topic", .text(position.source.topic)),
            ("partition", .whole(Int64(position.source.partition))), ("next_offset", .whole(position.nextOffset)),
            ("cluster_id", .text(position.clusterID)), ("updated_at", .text(Timestamp.now.description)),
        ]
        if let witness = position.witness {
            fields.append(("witness_offset", .whole(witness.offset)))
            fields.append(("witness_digest", .whole(witness.digest)))
        }
        return fields
    }

    /// What was written down of these partitions when the sink began them; only of those that it has begun.
    func bases(of target: ViewTarget, _ sources: [TopicPartition]) throws(StoreError) -> [TopicPartition: Int64] {
        var known = bases[target.sink] ?? [:]
        let unknown = sources.filter { known[$0] == nil }
        for document in try documents(unknown.map { ElasticStore.beginID(target, $0) }) {
            guard let position = ElasticStore.position(document), let base = document.member("base").whole else {
                continue
            }
            known[position.source] = base
        }
        bases[target.sink] = known
        return known.filter { sources.contains($0.key) }
    }

    /// How far the sink is in these partitions, in real time.
    func standing(of target: ViewTarget, _ sources: [TopicPartition]) throws(StoreError) -> [TopicPartition:
        SinkPosition]
    {
        var found: [TopicPartition: SinkPosition] = [:]
        let ids = sources.map { ElasticStore.beginID(target, $0) } + sources.map { ElasticStore.positionID(target, $0) }
        for document in try documents(ids) {
            guard let position = ElasticStore.position(document) else { continue }
            found[position.source] = position
        }
        return found
    }

    /// The documents of these ids that there are, in the order of the ids.
    private func documents(_ ids: [String]) throws(StoreError) -> [JSONTree] {
        guard !ids.isEmpty else { return [] }
        let answer = try client.send(
            .post, "/\(ElasticStore.own)/_mget", ["ids": .list(ids.map { .text($0) })], allowing: [404])
        return answer.root.member("docs").items.filter { $0.member("found").isTrue }
            .map { $0.member("_source") }
    }
}
