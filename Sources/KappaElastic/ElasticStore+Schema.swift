import KappaCore
import KappaHTTP
import KappaStores

/// The indices of a view: made, looked at, shown and dropped. What is made twice at once is made once.
extension ElasticStore {
    package func migrate(_ wanted: ViewTarget) throws(StoreError) -> [String] {
        guard try status(of: wanted).state != .current else { return [] }
        try makeOwn()
        let found = try table(of: wanted)
        var target = wanted
        if let found, found.layout != wanted.layout, !wanted.layout.isWhole {
            throw StoreError(
                .usage, "'\(wanted.view)' is cut into indices in another way", of: name,
                hint: "Leave --per and --index-name away, or name another table with --table.")
        }
        if let found { target.layout = found.layout }
        let plan = try TablePlan(target, found: found?.schema, in: name) { () throws(StoreError) in
            try count(in: try self.indices(of: target)) == 0
        }
        if case .replace(let target) = plan { try forget(target) }
        target = plan.target
        var done: [String] = []
        switch try status(of: target).state {
        case .current: return []
        case .foreign(let reason):
            throw StoreError(.schema, reason, of: name, hint: "Name another table with --table.")
        case .missing: done.append("created table \(target.tableName)")
        case .older(let missing): done += missing.map { "added \($0)" }
        }
        let names = try IndexNames(target)
        if let cost = names.cost { done.append(cost) }
        try write(table: target)
        let view = try makeView(target)
        if let index = names.only { try makeIndex(index, target, isShown: view.generation == target.generation) }
        let indices = try indices(of: target)
        for index in indices { try addColumns(to: index, target) }
        if view.generation == target.generation, try aliased(target.view) != indices { try point(target, at: indices) }
        return done
    }

    // MARK: Our own index

    private static let ownFields: JSONTree = [
        "kind": ["type": "keyword"], "name": ["type": "keyword"], "sink": ["type": "keyword"],
        "topic": ["type": "keyword"], "partition": ["type": "long"], "next_offset": ["type": "long"],
        "base": ["type": "long"], "cluster_id": ["type": "keyword"], "witness_offset": ["type": "long"],
        "witness_digest": ["type": "long"], "updated_at": ["type": "date"], "shape": ["type": "keyword"],
        "generation": ["type": "long"], "version": ["type": "long"], "identity": ["type": "keyword"],
        "changed_at": ["type": "date"], "fields": ["type": "keyword", "index": false, "doc_values": false],
        "period": ["type": "keyword"], "pattern": ["type": "keyword"],
    ]

    private static let letterFields: JSONTree = [
        "sink": ["type": "keyword"], "topic": ["type": "keyword"], "partition": ["type": "long"],
        "offset": ["type": "long"], "ts": ["type": "date"],
        "key": ["type": "keyword", "ignore_above": 1000], "value": ["type": "keyword", "ignore_above": 1000],
        "is_base64": ["type": "boolean"], "reason": ["type": "text"], "state": ["type": "keyword"],
        "stored_at": ["type": "date"],
    ]

    private func makeOwn() throws(StoreError) {
        let both = [
            (ElasticStore.own, ElasticStore.ownFields, true), (ElasticStore.letters, ElasticStore.letterFields, false),
        ]
        for (index, fields, isHidden) in both where try !exists(index) {
            var settings: [(String, JSONTree)] = [
                ("number_of_shards", 1), ("auto_expand_replicas", "0-1"), ("translog.durability", "request"),
            ]
            if isHidden { settings.append(("hidden", true)) }
            let body: JSONTree = [
                "settings": ["index": .object(settings)],
                "mappings": ["dynamic": "strict", "properties": fields, "_meta": ["kappa": ["table": "kappa"]]],
            ]
            try create(index, body)
        }
    }

    func exists(_ index: String) throws(StoreError) -> Bool {
        let answer = try client.send(.head, "/\(index)", allowing: [404])
        return answer.status != 404
    }

    /// Another sink may make it at the same time.
    func create(_ index: String, _ body: JSONTree) throws(StoreError) {
        let answer = try client.ask(.put, "/\(index)", body)
        guard answer.isSuccess || answer.errorType == "resource_already_exists_exception" else {
            throw StoreError(answer, of: name)
        }
    }

    private func put(
        _ id: String, _ fields: [(String, JSONTree)], onlyIfNew: Bool = false
    ) throws(StoreError) {
        let path = ElasticStore.path(ElasticStore.own, id) + (onlyIfNew ? "?op_type=create" : "")
        _ = try client.send(.put, path, .object(fields), allowing: onlyIfNew ? [409] : [])
    }

    private var now: JSONTree { .text(Timestamp.now.description) }

    // MARK: Tables

    private func write(table target: ViewTarget) throws(StoreError) {
        var fields: [(String, JSONTree)] = [
            ("kind", "table"), ("name", .text(target.sink)), ("shape", .text(target.shape.rawValue)),
            ("version", .whole(Int64(ViewShape.version))), ("updated_at", now),
        ]
        if target.shape == .results { fields.append(("fields", .text(target.results.text))) }
        if let period = target.layout.period { fields.append(("period", .text(period.rawValue))) }
        if let pattern = target.layout.pattern { fields.append(("pattern", .text(pattern))) }
        try put(ElasticStore.tableID(target), fields)
    }

    /// Makes an index of rows where it is missing.
    func makeIndex(_ index: String, _ target: ViewTarget, isShown: Bool) throws(StoreError) {
        guard try !exists(index) else { return }
        try create(index, IndexMapping(target: target).body(alias: isShown ? target.view.description : nil))
    }

    private func addColumns(to index: String, _ target: ViewTarget) throws(StoreError) {
        let types = try types(in: index)
        let missing = IndexMapping.columns(of: target).filter { types[$0.name] == nil }
        guard !missing.isEmpty else { return }
        let properties = missing.map { ($0.name, IndexMapping.type(of: $0, isKey: false)) }
        _ = try client.send(.put, "/\(index)/_mapping", ["properties": .object(properties)])
    }

    private func types(in index: String) throws(StoreError) -> [String: String] {
        let answer = try client.send(.get, "/\(index)/_mapping")
        let properties = answer.root.member(index).member("mappings").member("properties").fields
        // An object of documents has fields instead of a type.
        return Dictionary(properties.map { ($0.name, $0.value.member("type").string ?? "object") }) { $1 }
    }

    private func forget(_ target: ViewTarget) throws(StoreError) {
        for index in try indices(of: target) { _ = try client.send(.delete, "/\(index)", allowing: [404]) }
        knownIndices.removeAll()
        _ = try client.send(
            .delete, ElasticStore.path(ElasticStore.own, ElasticStore.tableID(target)), allowing: [404])
    }

    // MARK: The stable name

    private func makeView(_ target: ViewTarget) throws(StoreError) -> View {
        let fields: [(String, JSONTree)] = [
            ("kind", "view"), ("name", .text(target.view.description)), ("shape", .text(target.shape.rawValue)),
            ("generation", .whole(Int64(target.generation))), ("version", .whole(Int64(ViewShape.version))),
            ("identity", .text(ViewStatus.makeIdentity())), ("changed_at", now),
        ]
        try put(ElasticStore.viewID(target.view), fields, onlyIfNew: true)
        guard let view = try view(target.view) else {
            throw StoreError(.tryAgain, "the index 'kappa' did not keep '\(target.view)'", of: name)
        }
        return view
    }

    /// The indices that the alias shows.
    private func aliased(_ view: ViewName) throws(StoreError) -> [String] {
        let answer = try client.send(.get, "/_alias/\(view)", allowing: [404])
        return answer.isSuccess ? answer.root.fieldNames.sorted() : []
    }

    /// One request, which takes place as a whole: a reader of the alias sees the one generation or the other.
    private func point(_ target: ViewTarget, at indices: [String]) throws(StoreError) {
        let alias = JSONTree.text(target.view.description)
        let old = try aliased(target.view).filter { !indices.contains($0) }
        let actions: [JSONTree] =
            old.map { ["remove": ["index": .text($0), "alias": alias]] }
            + indices.map { ["add": ["index": .text($0), "alias": alias]] }
        guard !actions.isEmpty else { return }
        let answer = try client.send(.post, "/_aliases", ["actions": .list(actions)])
        // Elasticsearch 8 may succeed and say that a part did not.
        guard !answer.root.member("errors").isTrue else {
            throw StoreError(.failed, "the alias '\(target.view)' was not moved as a whole", of: name)
        }
    }

    package func show(_ wanted: ViewTarget) throws(StoreError) {
        guard let target = try complete(wanted), let view = try view(wanted.view) else {
            throw StoreError(.schema, "there is no table '\(wanted.tableName)' to show", of: name)
        }
        try write(view: view, shows: target)
        try point(target, at: try indices(of: target))
        // An index that was made meanwhile, for a new day, belongs to what is shown or it does not.
        try point(target, at: try indices(of: target))
    }

    private func write(view: View, shows target: ViewTarget) throws(StoreError) {
        try put(
            ElasticStore.viewID(target.view),
            [
                ("kind", "view"), ("name", .text(target.view.description)), ("shape", .text(target.shape.rawValue)),
                ("generation", .whole(Int64(target.generation))), ("version", .whole(Int64(ViewShape.version))),
                ("identity", .text(view.identity)), ("changed_at", now),
            ])
    }

    package func drop(_ wanted: ViewTarget) throws(StoreError) {
        if try view(wanted.view)?.generation == wanted.generation { throw StoreError.shown(wanted, in: name) }
        guard let target = try complete(wanted) else { return }
        try forget(target)
        bases[target.sink] = nil
        try deleteAll(of: target.sink, in: ElasticStore.own)
        try deleteAll(of: target.sink, in: ElasticStore.letters)
    }

    /// Deletes by ids: not every server has more to do it with.
    private func deleteAll(of sink: String, in index: String) throws(StoreError) {
        while true {
            try refresh(index)
            let answer = try client.send(
                .post, "/\(index)/_search?filter_path=hits.hits._id",
                ["size": 5000, "_source": false, "query": ["term": ["sink": .text(sink)]]], allowing: [404])
            let ids = answer.root.member("hits").member("hits").items.compactMap { $0.member("_id").string }
            guard !ids.isEmpty else { return }
            var writer = ByteWriter()
            for id in ids {
                (["delete": ["_id": .text(id)]] as JSONTree).write(into: &writer)
                writer.append(UInt8(ascii: "\n"))
            }
            let deleted = try client.ask(
                .post, "/\(index)/_bulk", Array(writer.bytes), type: "application/x-ndjson")
            guard deleted.isSuccess else { throw StoreError(deleted, of: name) }
        }
    }

    // MARK: What is there

    func count(in indices: [String]) throws(StoreError) -> Int64 {
        guard !indices.isEmpty else { return 0 }
        let list = ElasticStore.list(indices)
        try refresh(list)
        return try client.send(.post, "/\(list)/_count", [:]).root.member("count").whole ?? 0
    }

    package func status(of wanted: ViewTarget) throws(StoreError) -> ViewStatus {
        var status = ViewStatus(state: .missing)
        let view = try view(wanted.view)
        if let view {
            (status.generation, status.version, status.identity) = (view.generation, view.version, view.identity)
        }
        let aliased = try aliased(wanted.view)
        let isThere = try exists(wanted.view.description)
        if view == nil, !aliased.isEmpty || isThere {
            status.state = .foreign("'\(wanted.view)' is there already and is not kappa's")
            return status
        }
        guard var target = try complete(wanted) else {
            if try exists(wanted.sink) {
                status.state = .foreign("the index '\(wanted.sink)' is there already and is not kappa's")
            }
            return status
        }
        switch target.results.meet(wanted.results) {
        case .same: break
        case .wider(let both, _): target.results = both
        case .apart(let reason) where wanted.shape == .results:
            status.state = .foreign("'\(wanted.view)' holds other results: \(reason)")
            return status
        case .apart: break
        }
        let indices = try indices(of: target)
        status.state = try state(of: target, indices, isShown: view?.generation == target.generation, aliased)
        status.rows = try count(in: indices)
        try refresh(ElasticStore.letters)
        let letters = try client.send(
            .post, "/\(ElasticStore.letters)/_count", ["query": ["term": ["sink": .text(target.sink)]]],
            allowing: [404])
        status.deadLetters = letters.root.member("count").whole ?? 0
        return status
    }

    private func state(
        of target: ViewTarget, _ indices: [String], isShown: Bool, _ aliased: [String]
    ) throws(StoreError) -> ViewStatus.State {
        var missing: [String] = []
        if let only = try IndexNames(target).only, !indices.contains(only) {
            guard try !exists(only) else { return .foreign("the index '\(only)' is there already and is not kappa's") }
            missing.append("index \(only)")
        }
        for index in indices {
            let types = try types(in: index)
            for column in IndexMapping.columns(of: target) {
                let (wanted, name) = (IndexMapping.typeName(column.content), "column \(column.name)")
                guard let type = types[column.name] else {
                    if !missing.contains(name) { missing.append(name) }
                    continue
                }
                guard type == wanted else {
                    return .foreign("column '\(column.name)' of '\(index)' is \(type), not \(wanted)")
                }
            }
        }
        if isShown, !indices.allSatisfy(aliased.contains) { missing.append("view \(target.view)") }
        return missing.isEmpty ? .current : .older(missing: missing)
    }
}
