package import KappaArguments

/// Which view store: `parameters: [...] + StoreOptions.all`, then `context[StoreOptions.store]`.
package enum StoreOptions {
    static let section = "View store"
    package static let store = Option<String>(
        "store", short: "s", type: .string("URL"), default: "sqlite:", section: section,
        help: "The view store: sqlite:FILE or postgresql://USER@HOST/DATABASE.",
        discussion: """
            'sqlite:' alone is the file that 'kappa up' fills too, $XDG_DATA_HOME/kappa/kappa.db. A password comes from \
            PGPASSFILE or ~/.pgpass, never from the command line.
            """)

    package static let all: [any ParameterKey] = [store]
}
