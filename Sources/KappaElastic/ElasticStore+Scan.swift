import KappaCore
import KappaHTTP
import KappaStores

/// Questions as the server answers them: filters, an order, pages of rows.
extension ElasticStore {
    package func scan(_ request: ScanRequest, of view: ViewName) throws(StoreError) -> any RowCursor {
        guard let target = try shown(view) else { throw explainMissing(view) }
        return try scan(request, of: target, extra: [])
    }

    /// - Parameter extra: more conditions, in the server's words.
    func scan(
        _ request: ScanRequest, of target: ViewTarget, extra: [JSONTree]
    ) throws(StoreError) -> any RowCursor {
        let indices = try indices(of: target)
        let columns = request.columns.map(\.result)
        guard !indices.isEmpty, request.limit != 0 else { return MemoryCursor(columns, []) }
        let list = ElasticStore.list(indices)
        try refresh(list)
        let query = try ElasticQuery(request.filter, store: name)
        return try SearchCursor(
            self, indices: list, query: query.tree(extra), request: request, ties: ElasticStore.ties(of: target))
    }

    /// What makes any order a whole one, so that a page goes on where the last one ended.
    private static func ties(of target: ViewTarget) -> [String] {
        let source = target.sourceColumns
        return [source.topic, source.partition, source.offset]
    }

    package func count(_ filter: ScanFilter, of view: ViewName) throws(StoreError) -> Int64 {
        guard let target = try shown(view) else { throw explainMissing(view) }
        let indices = try indices(of: target)
        guard !indices.isEmpty else { return 0 }
        let list = ElasticStore.list(indices)
        try refresh(list)
        let query = try ElasticQuery(filter, store: name).tree([])
        return try client.send(.post, "/\(list)/_count", ["query": query]).root.member("count").whole ?? 0
    }
}

extension ElasticStore {
    package func sum(
        of column: ColumnDefinition, _ filter: ScanFilter, of view: ViewName
    ) throws(StoreError) -> Int64 {
        guard let target = try shown(view) else { throw explainMissing(view) }
        let indices = try indices(of: target)
        guard !indices.isEmpty else { return 0 }
        let body: JSONTree = [
            "size": 0, "track_total_hits": false, "query": try ElasticQuery(filter, store: name).tree([]),
            "aggs": ["sum": ["sum": ["field": .text(column.name)]]],
        ]
        let answer = try client.send(
            .post, "/\(ElasticStore.list(indices))/_search?allow_partial_search_results=false", body)
        let value = answer.root.member("aggregations").member("sum").member("value")
        if case .real(let sum) = value { return Int64(exactly: sum.rounded()) ?? 0 }
        return value.whole ?? 0
    }
}

/// Conditions in the server's words. What a person typed is a JSON text, never a part of the language.
struct ElasticQuery {
    private var must: [JSONTree] = []
    private var mustNot: [JSONTree] = []

    init(_ filter: ScanFilter, store: String) throws(StoreError) {
        for (column, condition) in filter.conditions {
            guard column.content != .json else {
                throw StoreError(.usage, "'\(column.name)' is kept as it is and cannot be searched", of: store)
            }
            add(column, condition)
        }
    }

    func tree(_ extra: [JSONTree]) -> JSONTree {
        var parts: [(String, JSONTree)] = [("filter", .list(must + extra))]
        if !mustNot.isEmpty { parts.append(("must_not", .list(mustNot))) }
        return ["bool": .object(parts)]
    }

    private mutating func add(_ column: ColumnDefinition, _ condition: ScanFilter.Condition) {
        let name = column.name
        switch condition {
        case .never: must.append(["match_none": [:]])
        case .isNull(let isNull):
            let exists: JSONTree = ["exists": ["field": .text(name)]]
            if isNull { mustNot.append(exists) } else { must.append(exists) }
        case .contains(let text): must.append(wildcard(name, "*\(ElasticQuery.escaped(text, keepingGlobs: false))*"))
        case .names(let names):
            let choices = names.map { word in
                guard word.contains("*") || word.contains("?") else { return term(name, .text(word)) }
                return wildcard(name, ElasticQuery.escaped(word, keepingGlobs: true))
            }
            must.append(["bool": ["should": .list(choices), "minimum_should_match": 1]])
        case .compare(let comparison, let value): add(name, comparison, ElasticQuery.tree(value))
        }
    }

    private mutating func add(_ name: String, _ comparison: FieldPredicate.Comparison, _ value: JSONTree) {
        switch comparison {
        case .equal: must.append(term(name, value))
        case .notEqual:
            mustNot.append(term(name, value))
            must.append(["exists": ["field": .text(name)]])
        case .less: must.append(range(name, "lt", value))
        case .atMost: must.append(range(name, "lte", value))
        case .greater: must.append(range(name, "gt", value))
        case .atLeast: must.append(range(name, "gte", value))
        case .contains: break
        }
    }

    private func range(_ name: String, _ sign: String, _ value: JSONTree) -> JSONTree {
        .one("range", .one(name, .one(sign, value)))
    }

    private func term(_ name: String, _ value: JSONTree) -> JSONTree {
        .one("term", .one(name, .one("value", value)))
    }

    private func wildcard(_ name: String, _ pattern: String) -> JSONTree {
        .one("wildcard", .one(name, .one("value", .text(pattern))))
    }

    /// `*` and `?` stand for letters here as they do in a glob; a backslash takes that from them.
    private static func escaped(_ text: String, keepingGlobs: Bool) -> String {
        text.reduce(into: "") { pattern, character in
            if character == "\\" || (!keepingGlobs && (character == "*" || character == "?")) { pattern.append("\\") }
            pattern.append(character)
        }
    }

    private static func tree(_ value: StoreValue) -> JSONTree {
        switch value {
        case .null: .null
        case .integer(let number): .whole(number)
        // A whole number without a point: that is how a column of whole numbers is asked.
        case .real(let number): Int64(exactly: number).map { .whole($0) } ?? .real(number)
        case .text(let text): .text(text)
        case .time(let time): .text(time.description)
        case .bytes: .null
        }
    }
}
