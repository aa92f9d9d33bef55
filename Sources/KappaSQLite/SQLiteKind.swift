import CSQLite
package import KappaStores

extension StoreKind {
    package static let sqlite = StoreKind(
        name: "sqlite", title: "SQLite", schemes: ["sqlite"], form: "sqlite:FILE", guarantee: .transaction,
        help: Help(
            abstract: "Fill a table in an SQLite file",
            discussion: "The store that needs no server. Everything is as with 'kappa sink postgres'.",
            examples: [("kappa sink sqlite --store sqlite:views.db --drain", "Store what there is, then stop.")]),
        library: Library("SQLite", isOnDemand: false) { String(cString: sqlite3_libversion()) },
        address: { (word) throws(StoreError) in
            guard let path = word.after("sqlite:") else { return nil }
            guard !path.isEmpty else {
                throw StoreError(.usage, "the store 'sqlite:' names no file", hint: "Write sqlite:views.db.")
            }
            return .sqlite(path: path)
        })
}

extension StoreAddress {
    package static func sqlite(path: String) -> StoreAddress {
        StoreAddress(kind: "sqlite", name: "sqlite:\(path)", word: path) { (purpose) throws(StoreError) in
            try SQLiteStore(path: path, purpose: purpose)
        }
    }
}
