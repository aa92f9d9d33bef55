import KappaCore
import KappaStores

/// Follows a view by where its rows came from: the sink's positions say up to where all rows are in.
///
/// A place is `topic|partition|offset` of each partition, percent signs for what would be in the way.
final class SourceFollower: RowFollower {
    private let store: ElasticStore
    private let target: ViewTarget
    private let filter: ScanFilter
    private let columns: [ColumnDefinition]
    /// Up to where rows were shown.
    private var shown: [TopicPartition: Int64]
    private let number: ColumnDefinition

    init(
        _ store: ElasticStore, _ query: ViewQuery, _ names: [String], _ view: ViewName, after place: FollowPlace?
    ) throws(StoreError) {
        self.store = store
        guard let target = try store.shown(view), target.shape == .results else { throw store.explainMissing(view) }
        self.target = target
        let all = QueryColumns(target.results)
        filter = try ScanFilter(query, all)
        var found: [ColumnDefinition] = []
        for name in names { found.append(try all.named(name)) }
        columns = found
        number = try all.column("id")
        if let place {
            guard let read = SourceFollower.read(place) else {
                throw StoreError(.usage, "'\(ForeignText.line(place.word))' is no place in '\(view)'")
            }
            shown = read
        } else {
            shown = try SourceFollower.standing(store, target)
        }
    }

    static func standing(_ store: ElasticStore, _ target: ViewTarget) throws(StoreError) -> [TopicPartition: Int64] {
        Dictionary(try store.positions(of: target).map { ($0.source, $0.nextOffset) }) { $1 }
    }

    static func write(_ places: [TopicPartition: Int64]) -> FollowPlace {
        let parts = places.sorted { $0.key < $1.key }.map { source, offset in
            "\(source.topic)|\(source.partition)|\(offset)"
        }
        return FollowPlace(word: parts.joined(separator: ","))
    }

    /// A topic's name has neither commas nor bars.
    private static func read(_ place: FollowPlace) -> [TopicPartition: Int64]? {
        var found: [TopicPartition: Int64] = [:]
        for part in place.word.split(separator: ",") {
            let words = part.split(separator: "|")
            guard words.count == 3, let partition = Int32(words[1]), let offset = Int64(words[2]) else { return nil }
            found[TopicPartition(String(words[0]), partition)] = offset
        }
        return found
    }

    var place: FollowPlace { SourceFollower.write(shown) }

    func arrivals() throws(StoreError) -> any RowCursor {
        let standing = try SourceFollower.standing(store, target)
        let moved = standing.filter { $0.value > shown[$0.key] ?? 0 }
        let results = columns.map(\.result)
        guard !moved.isEmpty else { return MemoryCursor(results, []) }
        let (topic, partition, offset) = target.sourceColumns
        let stretches = moved.sorted { $0.key < $1.key }.map { source, end -> JSONTree in
            let start = shown[source] ?? 0
            let conditions: [JSONTree] = [
                .one("term", .one(topic, .text(source.topic))),
                .one("term", .one(partition, .whole(Int64(source.partition)))),
                .one("range", .one(offset, .object([("gte", .whole(start)), ("lt", .whole(end))]))),
            ]
            return .one("bool", .one("filter", .list(conditions)))
        }
        let request = ScanRequest(filter, columns, order: [(number, false)])
        let any: JSONTree = ["bool": ["should": .list(stretches), "minimum_should_match": 1]]
        let cursor = try store.scan(request, of: target, extra: [any])
        return Arrivals(cursor) { [self] in for (source, end) in moved { shown[source] = end } }
    }

    /// Rows that count as shown once the last of them was read.
    private final class Arrivals: RowCursor {
        let columns: [ResultColumn]
        private let cursor: any RowCursor
        private var atEnd: (() -> Void)?

        init(_ cursor: any RowCursor, atEnd: @escaping () -> Void) {
            self.cursor = cursor
            self.atEnd = atEnd
            columns = cursor.columns
        }

        func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
            if let row = try cursor.next() { return row }
            atEnd?()
            atEnd = nil
            return nil
        }
    }
}

extension ElasticStore {
    package func follow(
        _ query: ViewQuery, columns: [String], of view: ViewName, after place: FollowPlace?
    ) throws(StoreError) -> any RowFollower {
        try SourceFollower(self, query, columns, view, after: place)
    }

    package func place(in view: ViewName) throws(StoreError) -> FollowPlace {
        guard let target = try shown(view) else { throw explainMissing(view) }
        return SourceFollower.write(try SourceFollower.standing(self, target))
    }
}
