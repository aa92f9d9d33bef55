import KappaCore
import KappaHTTP
import KappaStores

/// The rows of a search, page by page. Where there may be more than one page, a moment of the indices is held, so that
/// no row is left out or met twice while others write.
final class SearchCursor: RowCursor {
    private static let rowsOfOnePage = 10_000

    let columns: [ResultColumn]
    private let store: ElasticStore
    private let contents: [ColumnContent]
    private let body: [(String, JSONTree)]
    private let path: String
    private var left: Int
    private var moment: String?
    private var page: JSONDocument?
    private var hits = JSONItems(.absent)
    private var hitReader = JSONFieldReader(fields: ["_source", "sort"])
    private var sourceReader: JSONFieldReader
    /// Where the reader has each column, which may be asked for twice.
    private let places: [Int]
    /// The place of the last row in the order, as the server wrote it.
    private var after: [UInt8] = []
    private var rowsOfPage = 0
    private var isAtEnd = false
    private var decoded = ByteWriter()
    private let cells: UnsafeMutableBufferPointer<StoreCell>

    init(
        _ store: ElasticStore, indices: String, query: JSONTree, request: ScanRequest, ties: [String]
    ) throws(StoreError) {
        self.store = store
        columns = request.columns.map(\.result)
        contents = request.columns.map(\.content)
        var names: [String] = []
        places = request.columns.map { column in
            if let place = names.firstIndex(of: column.name) { return place }
            names.append(column.name)
            return names.count - 1
        }
        sourceReader = JSONFieldReader(fields: names)
        left = request.limit ?? Int.max
        let ordered = request.order.map { ($0.column.name, $0.isDescending) } + ties.map { ($0, false) }
        var seen: Set<String> = []
        let sort = ordered.filter { seen.insert($0.0).inserted }.map { name, isDescending in
            JSONTree.object([(name, ["order": isDescending ? "desc" : "asc"])])
        }
        body = [
            ("query", query), ("sort", .list(sort)), ("track_total_hits", false),
            ("_source", .list(names.map { .text($0) })),
        ]
        cells = .allocate(capacity: max(columns.count, 1))
        cells.initialize(repeating: .null)
        if left > SearchCursor.rowsOfOnePage {
            moment = try SearchCursor.hold(indices, store)
            path = "/_search"
        } else {
            path = "/\(indices)/_search"
        }
    }

    deinit {
        cells.deallocate()
        release()
    }

    // MARK: A moment of the indices

    private static func hold(_ indices: String, _ store: ElasticStore) throws(StoreError) -> String {
        let path = store.isOpenSearch ? "/\(indices)/_search/point_in_time" : "/\(indices)/_pit"
        let answer = try store.client.send(.post, path + "?keep_alive=5m")
        guard let id = answer.root.member(store.isOpenSearch ? "pit_id" : "id").string else {
            throw StoreError(.failed, "no moment of the index could be held", of: store.name)
        }
        return id
    }

    private func release() {
        guard let moment else { return }
        self.moment = nil
        let path = store.isOpenSearch ? "/_search/point_in_time" : "/_pit"
        let body: JSONTree = store.isOpenSearch ? ["pit_id": [.text(moment)]] : ["id": .text(moment)]
        // It ends by itself after a while.
        _ = try? store.client.send(.delete, path, body)
    }

    private func turn() throws(StoreError) {
        var body = body
        body.append(("size", .whole(Int64(min(left, SearchCursor.rowsOfOnePage)))))
        if let moment { body.append(("pit", ["id": .text(moment), "keep_alive": "5m"])) }
        if !after.isEmpty { body.append(("search_after", .raw(after))) }
        let answer = try store.client.send(
            .post, path + "?filter_path=pit_id,hits.hits._source,hits.hits.sort&allow_partial_search_results=false",
            .object(body))
        guard let document = JSONDocument(answer.body) else {
            throw StoreError(.connection, "the answer to a search cannot be read", of: store.name)
        }
        page = document
        if let next = Optional(document.root.member("pit_id")), next.kind == .string, moment != nil {
            moment = next.text
        }
        hits = JSONItems(document.root.member("hits").member("hits"))
        rowsOfPage = 0
    }

    // MARK: Rows

    func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
        guard !isAtEnd else { return nil }
        if page == nil { try turn() }
        while true {
            if left > 0, hits.next(into: &hitReader) != nil {
                rowsOfPage += 1
                left -= 1
                try read(hitReader[0], hitReader[1])
                return UnsafeBufferPointer(rebasing: cells[..<columns.count])
            }
            guard left > 0, rowsOfPage == SearchCursor.rowsOfOnePage else { break }
            try turn()
        }
        isAtEnd = true
        page = nil
        release()
        return nil
    }

    private func read(_ source: JSONValue, _ sort: JSONValue) throws(StoreError) {
        guard (try? sourceReader.read(source)) == .object || columns.isEmpty else {
            throw StoreError(.failed, "a document has no content that can be read", of: store.name)
        }
        if rowsOfPage == SearchCursor.rowsOfOnePage { after = Array(sort.raw) }
        decoded.removeAll()
        var texts: [(Int, Range<Int>)] = []
        for index in columns.indices {
            let value = sourceReader[places[index]]
            if value.kind == .string, value.isEscaped, contents[index] == .text {
                let start = decoded.count
                decoded.append(decoded: value)
                texts.append((index, start..<decoded.count))
            } else {
                cells[index] = cell(value, contents[index])
            }
        }
        // The bytes lie still only after the last of them is there.
        for (index, range) in texts { cells[index] = .text(decoded.bytes(range)) }
    }

    private func cell(_ value: JSONValue, _ content: ColumnContent) -> StoreCell {
        switch (content, value.kind) {
        case (_, .absent), (_, .null): .null
        case (.json, _): .json(value.raw)
        case (.text, .string): .text(value.content)
        case (.time, .string): .time(value.content)
        case (.real, .number): value.double.map { .real($0) } ?? .null
        case (.whole, .number), (.identity, .number): value.whole.map { .integer($0) } ?? .null
        // What others wrote beside kappa.
        default: .text(value.raw)
        }
    }
}
