package import KappaStores

extension StoreKind {
    package static let elasticsearch = elastic("elasticsearch", "Elasticsearch", other: "opensearch")
    package static let opensearch = elastic("opensearch", "OpenSearch", other: "elasticsearch")

    private static func elastic(_ name: String, _ title: String, other: String) -> StoreKind {
        var kind = StoreKind(
            name: name, title: title, schemes: ["\(name)+https", "\(name)+http"],
            form: "\(name)+https://USER@HOST", guarantee: .register,
            help: Help(
                abstract: "Fill an index in \(title)",
                discussion: """
                    Each window is one document, whatever is cut, retried or run twice: its id is made of its key and \
                    its version of its offset, and the server keeps the greater one. A reader sees each window once and \
                    eventually current, but no moment of all of them. Rows lie in the index NAME__g1; the alias NAME \
                    shows them.

                    --store is \(name)+https://USER@HOST:PORT, or https://HOST after this command; a name behind it, as \
                    in …/record, is --table. The password comes from ELASTIC_PASSWORD or from ?password-file=FILE, an \
                    API key from ELASTIC_API_KEY or from ?api-key-file=FILE; ?ca=FILE names another authority. What the \
                    server refuses is kept in the index kappa_dead_letter. It is the same command as \
                    'kappa sink \(other)'.
                    """,
                examples: [
                    (
                        "kappa sink \(name) --store https://kappa@search:9200/record",
                        "Keep the alias 'record' filled from the instruments' topics."
                    ),
                    (
                        "kappa sink \(name) --store https://search:9200 --per month",
                        "An index for each month, so that old ones can be deleted."
                    ),
                ]),
            address: { (word) throws(StoreError) in
                guard word.hasPrefix("\(name)+") || word.hasPrefix("\(name):") else { return nil }
                return try .elastic(word, kind: name, takesPlain: false)
            })
        kind.plainAddress = { (word) throws(StoreError) in try .elastic(word, kind: name, takesPlain: true) }
        kind.layouts = [.period, .pattern]
        return kind
    }
}

extension StoreAddress {
    static func elastic(_ word: String, kind: String, takesPlain: Bool) throws(StoreError) -> StoreAddress? {
        guard let address = try ElasticAddress(word: word, takesPlain: takesPlain) else { return nil }
        var made = StoreAddress(kind: kind, name: address.name, word: word) { (purpose) throws(StoreError) in
            try ElasticStore(address, purpose: purpose)
        }
        made.view = address.view
        return made
    }
}
