/// Names that Kafka does not let stand side by side: `a.b` and `a_b` would be one in the names of its metrics.
struct TopicNames {
    private var byFolded: [String: String] = [:]

    init(_ names: some Sequence<String>) {
        for name in names { insert(name) }
    }

    mutating func insert(_ name: String) { byFolded[TopicNames.folded(name)] = name }

    /// The name that this one cannot stand beside.
    func collision(with name: String) -> String? {
        guard let other = byFolded[TopicNames.folded(name)], other != name else { return nil }
        return other
    }

    private static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }
}
