import KappaCore
import KappaHTTP
import KappaStores

/// Views in Elasticsearch or OpenSearch.
///
/// Each row is a document that only moves forward: its version is W = base(partition) + offset, and the server keeps
/// the greater one. A partition's base is set once, when its sink begins. So whatever is retried, cut, delayed or run
/// twice, the documents end as the log's last records, and a position that follows its rows is never ahead of them.
///
/// What kappa keeps of its own lies in the index `kappa`: tables, views, and where sinks stand. It is read in real
/// time, by ids or after a refresh.
final class ElasticStore: ScanningStore {
    static let own = "kappa"
    static let letters = "kappa_dead_letter"

    let address: ElasticAddress
    let client: ElasticClient
    let purpose: StorePurpose
    /// Elasticsearch and OpenSearch have different words for a moment of an index.
    let isOpenSearch: Bool
    /// One connection for each request that is under way.
    var lanes: [ElasticClient] = []
    /// What `begin` wrote down of each partition of a sink: it never changes.
    var bases: [String: [TopicPartition: Int64]] = [:]
    /// How the rows of each sink are cut.
    var layouts: [String: TableLayout] = [:]
    /// Indices that this store has met with the right mapping.
    var knownIndices: Set<String> = []

    init(_ address: ElasticAddress, purpose: StorePurpose) throws(StoreError) {
        self.address = address
        self.purpose = purpose
        client = try ElasticClient(address, purpose: purpose)
        isOpenSearch = try ElasticStore.meet(client)
    }

    package var name: String { client.name }

    /// Makes sure that the server is one of those that are written for; returns whether it is OpenSearch.
    private static func meet(_ client: ElasticClient) throws(StoreError) -> Bool {
        let answer = try client.ask(.get, "/", timeout: .seconds(20))
        // A server of a cluster that starts, or whose disk is full, is asked again by whoever waits.
        guard answer.isSuccess || answer.status == 405 else { throw StoreError(answer, of: client.name) }
        let version = answer.root.member("version")
        guard answer.status == 405 || version.isObject else {
            throw StoreError(.usage, "what answers there is no Elasticsearch and no OpenSearch", of: client.name)
        }
        let isOpenSearch = version.member("distribution").string == "opensearch"
        let number = version.member("number").string ?? ""
        let parts = number.split(separator: ".").prefix(2).map { Int($0) ?? 0 }
        // From these on a moment of an index can be held while it is read.
        let least = isOpenSearch ? [2, 4] : [7, 12]
        guard parts.isEmpty || !parts.lexicographicallyPrecedes(least) else {
            throw StoreError(
                .usage, "version \(ForeignText.line(number)) is too old", of: client.name,
                hint: "Elasticsearch 7.12 or OpenSearch 2.4 is needed.")
        }
        return isOpenSearch
    }

    // MARK: Documents of our own

    static func path(_ index: String, _ id: String) -> String { "/\(index)/_doc/\(PercentCoding.encoded(id))" }

    static func tableID(_ target: ViewTarget) -> String { "table|\(target.sink)" }
    static func viewID(_ view: ViewName) -> String { "view|\(view)" }

    /// A document of the index `kappa`; nil where there is none.
    func find(_ id: String) throws(StoreError) -> JSONTree? {
        let answer = try client.send(.get, ElasticStore.path(ElasticStore.own, id), allowing: [404])
        return answer.status == 404 ? nil : answer.root.member("_source")
    }

    struct Table {
        var shape: ViewShape
        var schema: ResultSchema
        var layout: TableLayout
    }

    func table(of target: ViewTarget) throws(StoreError) -> Table? {
        guard let source = try find(ElasticStore.tableID(target)) else { return nil }
        let text = source.member("fields").string ?? ""
        guard let shape = source.member("shape").string.flatMap({ ViewShape(rawValue: $0) }),
            let schema = shape == .raw ? .standard : ResultSchema(text: text)
        else {
            throw StoreError(
                .schema, "the fields of '\(target.tableName)' cannot be read from the index 'kappa'", of: name,
                hint: "A later version of kappa may have written them.")
        }
        let layout = TableLayout(
            period: source.member("period").string.flatMap { TableLayout.Period(rawValue: $0) },
            pattern: source.member("pattern").string)
        return Table(shape: shape, schema: schema, layout: layout)
    }

    struct View {
        var shape: ViewShape
        var generation: Int
        var version: Int
        var identity: String
    }

    func view(_ view: ViewName) throws(StoreError) -> View? {
        guard let source = try find(ElasticStore.viewID(view)) else { return nil }
        guard let generation = source.member("generation").whole,
            let shape = source.member("shape").string.flatMap({ ViewShape(rawValue: $0) })
        else { throw StoreError(.schema, "what the index 'kappa' says of '\(view)' cannot be read", of: name) }
        return View(
            shape: shape, generation: Int(generation), version: Int(source.member("version").whole ?? 0),
            identity: source.member("identity").string ?? "")
    }

    /// The target that the stable name shows, as its table was declared.
    func shown(_ view: ViewName) throws(StoreError) -> ViewTarget? {
        guard let found = try self.view(view) else { return nil }
        return try complete(ViewTarget(view: view, generation: found.generation, shape: found.shape))
    }

    /// The target with what is written down of its table; nil where there is none.
    func complete(_ target: ViewTarget) throws(StoreError) -> ViewTarget? {
        guard let table = try table(of: target) else { return nil }
        var target = target
        (target.shape, target.results, target.layout) = (table.shape, table.schema, table.layout)
        return target
    }

    package func schema(of target: ViewTarget) throws(StoreError) -> ResultSchema? { try table(of: target)?.schema }

    package func schema(of view: ViewName) throws(StoreError) -> ResultSchema? {
        guard let target = try shown(view), target.shape == .results else { return nil }
        return target.results
    }

    // MARK: Indices

    /// The indices of a target that there are, in order.
    func indices(of target: ViewTarget) throws(StoreError) -> [String] {
        let names = try IndexNames(target)
        let answer = try client.send(
            .get, "/\(PercentCoding.encoded(names.wildcard))/_mapping?ignore_unavailable=true", allowing: [404])
        guard answer.isSuccess else { return [] }
        let found = answer.root.fields.filter { _, index in
            let meta = index.member("mappings").member("_meta")
            return meta.member("kappa").member("table").string == target.sink
        }
        return found.map(\.name).sorted()
    }

    /// Lets what is written be found. A reader without the right to it sees what is at most a few seconds old.
    func refresh(_ indices: String) throws(StoreError) {
        _ = try client.send(.post, "/\(indices)/_refresh?ignore_unavailable=true", allowing: [401, 403, 404])
    }

    /// Names of indices as they stand in a path; they are made of plain letters.
    static func list(_ indices: [String]) -> String { indices.joined(separator: ",") }

    package func explainMissing(_ view: ViewName) -> StoreError {
        let isThere = (try? client.send(.head, "/\(view)"))?.isSuccess ?? false
        let words = isThere ? "'\(view)' holds no results of kappa's" : "there is no view '\(view)'"
        return StoreError(.schema, words, of: name)
            .aboutView(lacksColumn: isThere)
    }

    package func own(_ words: String, of view: ViewName) throws(StoreError) -> any RowCursor {
        throw StoreError(
            .usage, "this store is not asked in SQL", of: name,
            hint: "All other ways of kappa query work; Kibana and Dashboards have languages of their own.")
    }
}
