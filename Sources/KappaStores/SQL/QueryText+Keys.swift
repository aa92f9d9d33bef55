import KappaCore

/// Rows of a few names, found by way of the view's keys.
///
/// The key's index begins with borehole and instrument, so the names that there are can be jumped over one by one, and
/// the newest windows of each stand at its end. What that takes grows with the names, not with the rows.
extension QueryText {
    /// So many of the newest rows are looked through before the keys are: most of what is asked for is among them.
    static let rowsToLookThrough = 1000

    /// How many rows `recent` gives; where it is fewer than were asked for, `byKey` knows the rest.
    package mutating func recentCount(_ query: ViewQuery) throws(StoreError) -> SQLStatement {
        let some = try recent(query, [])
        return statement("SELECT count(*) AS count FROM (\(some)) AS r")
    }

    /// The rows that are asked for, as far as they are among the newest of all (or the oldest).
    package mutating func recent(_ query: ViewQuery, columns: [String]) throws(StoreError) -> SQLStatement {
        let some = try recent(query, columns)
        return statement(some)
    }

    private mutating func recent(_ query: ViewQuery, _ columns: [String]) throws(StoreError) -> String {
        var times = query.ofAnyName
        times.predicates = []
        // No more than is looked at: what is found is little, what is looked through is much.
        var needed: [String] = []
        for column in columns { needed.append(try self.columns.named(column).name) }
        for predicate in query.predicates { needed.append(try self.columns.named(predicate.path.description).name) }
        let inner = Set(needed + ["ts", "boreholenumber", "instrument"]).sorted().quotedList
        let among = try filter(times)
        let order = order(query)
        let some = "SELECT \(inner) FROM \(view)\(among) ORDER BY \(order) LIMIT \(QueryText.rowsToLookThrough)"
        let names = columns.isEmpty ? "1" : try list(columns)
        return "SELECT \(names) FROM (\(some)) AS few\(try filter(query)) ORDER BY \(order)\(limit(query))"
    }

    /// The rows that are asked for, key by key.
    package mutating func byKey(_ query: ViewQuery, columns: [String]) throws(StoreError) -> SQLStatement {
        let keys = keys(query)
        let filter = try filter(query.ofAnyName, and: "boreholenumber = k.b AND instrument = k.i")
        let direction = query.oldestFirst ? "ASC" : "DESC"
        let each = "FROM \(view)\(filter) ORDER BY window_start \(direction)\(limit(query))"
        let join = dialect.join(view, each: each)
        let end = "ORDER BY \(order(query))\(limit(query))"
        return statement("\(keys) SELECT \(try list(columns)) FROM \(join) \(end)")
    }

    /// The rows of the latest window of each key.
    mutating func latest(_ query: ViewQuery, _ names: String) throws(StoreError) -> SQLStatement {
        guard hasUsualKeys else { return try latestOfAny(query, names) }
        let keys = keys(query)
        let filter = try filter(query.ofAnyName, and: "boreholenumber = k.b AND instrument = k.i")
        let end = "ORDER BY \(order(query))\(limit(query))"
        return statement(
            """
            \(keys) SELECT \(names) FROM k JOIN \(view) AS r ON r.boreholenumber = k.b AND r.instrument = k.i \
            AND r.window_start = (SELECT max(window_start) FROM \(view)\(filter)) \(end)
            """)
    }

    /// Whether the key begins with borehole and instrument, and the store can be led along its index.
    var hasUsualKeys: Bool {
        dialect.joinsEachKey && columns.keys == ["boreholenumber", "instrument"] && columns.has("window_start")
    }

    /// The latest row of each key, whatever the key's fields are.
    private mutating func latestOfAny(_ query: ViewQuery, _ names: String) throws(StoreError) -> SQLStatement {
        guard !columns.keys.isEmpty else {
            throw StoreError(.usage, "these rows have no key, so there is no latest of each")
        }
        let filter = try filter(query)
        let end = "ORDER BY \(order(query))\(limit(query))"
        return statement(
            """
            SELECT \(names) FROM (SELECT *, row_number() OVER (PARTITION BY \(columns.keys.quotedList) \
            ORDER BY "\(columns.start)" DESC) AS kappa_rank FROM \(view)\(filter)) AS r WHERE kappa_rank = 1 \(end)
            """)
    }

    /// `WITH …` for `k(b, i)`: the keys that the query's names allow.
    private mutating func keys(_ query: ViewQuery) -> String {
        let boreholes = exact(query.boreholes).map { "SELECT * FROM (VALUES \($0)) AS v" } ?? everyBorehole
        let keys =
            exact(query.instruments).map { "SELECT b.b, v.* FROM b CROSS JOIN (VALUES \($0)) AS v" }
                ?? """
                SELECT b, (SELECT instrument FROM \(view) WHERE boreholenumber = b.b ORDER BY instrument LIMIT 1) FROM b \
                WHERE b IS NOT NULL UNION ALL SELECT b, (SELECT instrument FROM \(view) WHERE boreholenumber = a.b \
                AND instrument > a.i ORDER BY instrument LIMIT 1) FROM a WHERE a.i IS NOT NULL
                """
        let conditions = ["b IS NOT NULL", "i IS NOT NULL", names(query.boreholes, "b"), names(query.instruments, "i")]
        let allowed = conditions.compactMap { $0 }.joined(separator: " AND ")
        return """
            WITH RECURSIVE b(b) AS (\(boreholes)), a(b, i) AS (\(keys)), \
            k(b, i) AS (SELECT b, i FROM a WHERE \(allowed))
            """
    }

    private var everyBorehole: String {
        """
        SELECT (SELECT boreholenumber FROM \(view) ORDER BY boreholenumber LIMIT 1) UNION ALL \
        SELECT (SELECT boreholenumber FROM \(view) WHERE boreholenumber > b.b ORDER BY boreholenumber LIMIT 1) FROM b \
        WHERE b.b IS NOT NULL
        """
    }

    /// The names as the rows of VALUES, nil where there are none or one is a pattern.
    private mutating func exact(_ names: [String]) -> String? {
        guard !names.isEmpty, !names.contains(where: \.isPattern) else { return nil }
        var places: [String] = []
        for name in Set(names).sorted() { places.append("(\(dialect.cast(bind(.text(name)), to: .text)))") }
        return places.joined(separator: ", ")
    }

    private mutating func limit(_ query: ViewQuery) -> String {
        query.limit.map { " LIMIT \(bind(.integer(Int64($0))))" } ?? ""
    }
}

extension ViewQuery {
    fileprivate var ofAnyName: ViewQuery {
        var query = self
        (query.instruments, query.boreholes) = ([], [])
        return query
    }
}

extension ViewQuery {
    /// Whether this is for a few rows of some names, which `rows` might look for among all rows of the view.
    var isForFew: Bool {
        guard let limit, !latestOnly else { return false }
        return limit > 0 && limit <= 1000 && !(instruments.isEmpty && boreholes.isEmpty)
    }

    /// Whether the keys are so few that nothing is found sooner than by them.
    var namesKeys: Bool { !boreholes.isEmpty && !boreholes.contains(where: \.isPattern) }
}
