import KappaCore
import KappaStores

/// How an index of rows is made.
struct IndexMapping {
    let target: ViewTarget

    /// The type of each column. Every one can be searched and sorted by.
    static func type(of column: ColumnDefinition, isKey: Bool) -> JSONTree {
        switch column.content {
        // Lucene takes terms of 32,766 bytes; what is longer is kept, but not found by its words.
        case .text: isKey ? ["type": "keyword"] : ["type": "keyword", "ignore_above": 8191]
        case .real: ["type": "double"]
        case .whole, .identity: ["type": "long"]
        case .time: ["type": "date", "format": "strict_date_optional_time||epoch_millis"]
        case .json: ["type": "object", "enabled": false]
        }
    }

    static func typeName(_ content: ColumnContent) -> String {
        switch content {
        case .text: "keyword"
        case .real: "double"
        case .whole, .identity: "long"
        case .time: "date"
        case .json: "object"
        }
    }

    /// All that the documents of a target have: the columns, and for a raw view the row's number, too.
    static func columns(of target: ViewTarget) -> [ColumnDefinition] {
        let columns = target.columns
        guard !columns.contains(where: { $0.name == "id" }) else { return columns }
        return (ResultSchema(fields: []).columns.filter { $0.name == "id" }) + columns
    }

    var properties: JSONTree {
        .object(
            IndexMapping.columns(of: target).map {
                ($0.name, IndexMapping.type(of: $0, isKey: target.key.contains($0.name)))
            })
    }

    /// What the mapping says of whose index it is.
    var meta: JSONTree { ["kappa": ["table": .text(target.sink), "version": .whole(Int64(ViewShape.version))]] }

    func body(alias: String?) -> JSONTree {
        var settings: [(String, JSONTree)] = [
            ("auto_expand_replicas", "0-1"), ("refresh_interval", "5s"), ("codec", "best_compression"),
            // For so long the version of a document that was deleted is remembered.
            ("gc_deletes", "1h"),
            // What is acknowledged is on disk.
            ("translog.durability", "request"),
        ]
        let keys = target.shape == .results ? target.results.key.filter { $0.column != "window_start" } : []
        if !keys.isEmpty, let time = target.results.time {
            settings.append(("sort.field", .list((keys.map(\.column) + [time.column]).map { .text($0) })))
            settings.append(("sort.order", .list(keys.map { _ in "asc" } + ["desc"])))
        }
        var body: [(String, JSONTree)] = [
            ("settings", .one("index", .object(settings))),
            ("mappings", .object([("dynamic", "strict"), ("_meta", meta), ("properties", properties)])),
        ]
        if let alias { body.append(("aliases", .one(alias, [:]))) }
        return .object(body)
    }
}
