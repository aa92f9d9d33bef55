/// Where a view store is: `sqlite:FILE`, or anything that libpq takes as a connection string.
package enum StoreAddress: Sendable, Equatable {
    /// A URL (`postgres://…`), `key=value` words, or empty, when libpq's environment and service file say it all.
    case postgres(conninfo: String)
    case sqlite(path: String)

    package init(word: String) throws(StoreError) {
        if let path = word.after("sqlite:") {
            guard !path.isEmpty else {
                throw StoreError(.usage, "the store 'sqlite:' names no file", hint: "Write sqlite:views.db.")
            }
            self = .sqlite(path: path)
        } else if word.hasPrefix("postgres://") || word.hasPrefix("postgresql://") {
            self = .postgres(conninfo: word)
        } else if let words = word.after("postgres:") ?? word.after("postgresql:") {
            self = .postgres(conninfo: words)
        } else if word.contains("=") {
            self = .postgres(conninfo: word)
        } else {
            // What is not understood may hold a password, so it is not repeated.
            throw StoreError(
                .usage, "the store's address is neither sqlite:FILE nor a PostgreSQL connection string",
                hint: "Write sqlite:views.db, postgres://user@host/database, or service=NAME.")
        }
    }

    /// Whether the words hold a password, which then should leave the process's list of arguments.
    package var holdsPassword: Bool {
        guard case .postgres(let conninfo) = self else { return false }
        return PostgresAddress.parts(of: conninfo)?["password"] != nil
    }

    /// The store as it may be shown to anybody.
    package var name: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgres(let conninfo): PostgresAddress.name(of: conninfo)
        }
    }

    /// Opens a store of its own to the caller, who alone uses it.
    package func open(for purpose: StorePurpose) throws(StoreError) -> any ViewStore {
        switch self {
        case .sqlite(let path): try SQLiteStore(path: path, purpose: purpose)
        case .postgres(let conninfo): try PostgresStore(conninfo: conninfo, purpose: purpose)
        }
    }
}

/// What a store is opened for. A reader cannot write, whatever it is asked to run.
package enum StorePurpose: Sendable, Equatable {
    case writing
    case reading
}

extension String {
    func after(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
