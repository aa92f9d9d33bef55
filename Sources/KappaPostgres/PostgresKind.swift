import CLibPQ
package import KappaStores

extension StoreKind {
    package static let postgres = StoreKind(
        name: "postgres", title: "PostgreSQL", schemes: ["postgres", "postgresql"],
        form: "postgresql://USER@HOST/DATABASE", guarantee: .transaction,
        help: Help(
            abstract: "Fill a table in PostgreSQL",
            discussion: """
                The sink writes rows and its position in the topics in one transaction, so a row is neither lost nor \
                counted twice, whatever is killed meanwhile. A row that cannot be stored goes to kappa_dead_letter \
                with the reason.

                --store takes what libpq takes: a URL, key=value words, service=NAME; without it, libpq's \
                environment (PGHOST, PGDATABASE, PGSERVICE, …) says where. Passwords belong in ~/.pgpass.
                """,
            examples: [
                (
                    "kappa sink postgres --store postgres://site@db/monitoring",
                    "Keep the table 'record' filled from the instruments' topics."
                ),
                ("kappa sink postgres --raw --table events events", "Keep every record of a topic."),
            ]),
        library: Library("libpq", isOnDemand: true) { PostgresAddress.libraryVersion }, standardAddress: "postgres:",
        address: { (word) throws(StoreError) in
            if word.hasPrefix("postgres://") || word.hasPrefix("postgresql://") { return .postgres(conninfo: word) }
            if let words = word.after("postgres:") ?? word.after("postgresql:") { return .postgres(conninfo: words) }
            // libpq's own form, key=value, has no scheme.
            let end = word.firstIndex { $0 == ":" || $0 == "/" } ?? word.endIndex
            return word[..<end].contains("=") ? .postgres(conninfo: word) : nil
        })
}

extension StoreAddress {
    /// - Parameter conninfo: a URL (`postgres://…`), `key=value` words, or empty, when libpq's environment and service
    ///   file say it all.
    package static func postgres(conninfo: String) -> StoreAddress {
        StoreAddress(
            kind: "postgres", name: PostgresAddress.name(of: conninfo), word: conninfo,
            holdsPassword: PostgresAddress.parts(of: conninfo)?["password"] != nil
        ) { (purpose) throws(StoreError) in
            try PostgresStore(conninfo: conninfo, purpose: purpose)
        }
    }
}

extension PostgresAddress {
    /// `15.6` out of 150006; before version 10 there were three parts.
    static var libraryVersion: String {
        let number = Int(PQlibVersion())
        guard number < 100_000 else { return "\(number / 10_000).\(number % 10_000)" }
        return "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    }
}
