package import KappaArguments
import KappaStores

/// Which view store: `parameters: [...] + StoreOptions.all`, then `context[StoreOptions.store]`.
package enum StoreOptions {
    static let section = "View store"
    package static let store = Option<String>(
        "store", short: "s", type: .string("URL"), default: "sqlite:", section: section,
        help: "The view store, such as sqlite:views.db or postgres://USER@HOST/DATABASE.",
        discussion: """
            \(StoreKinds.known.all.map(\.form).joined(separator: ", ")). 'sqlite:' alone is the file that 'kappa up' \
            fills too, $XDG_DATA_HOME/kappa/kappa.db. A password comes from where the store's own programs look for it, \
            such as ~/.pgpass, ~/.my.cnf or ELASTIC_PASSWORD, never from the command line.
            """)

    package static let all: [any ParameterKey] = [store]
}
