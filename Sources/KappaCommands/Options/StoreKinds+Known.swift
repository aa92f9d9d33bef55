import KappaArguments
import KappaCore
import KappaElastic
import KappaMariaDB
import KappaPipeline
import KappaPostgres
import KappaSQLite
import KappaStores

extension StoreKinds {
    /// Every kind of store that the program has: a new one is a room of its own and a word here.
    static let known = StoreKinds([.postgres, .sqlite, .mariadb, .elasticsearch, .opensearch])
}

extension StoreAddress {
    /// The store of `--store`, which must be of the command's kind; without it the kind's own place, or the usual file.
    static func chosen(_ context: CommandContext, _ kind: StoreKind? = nil) throws -> StoreAddress {
        if let word = kind?.standardAddress, !context.isGiven(StoreOptions.store) {
            return try StoreKinds.known.address(word)
        }
        let word = context[StoreOptions.store]
        guard word != "sqlite:" else { return try standard(for: kind) }
        let address = try kind?.plainAddress?(word) ?? StoreKinds.known.address(word)
        if address.holdsPassword { ProcessArguments.hide(word) }
        guard kind == nil || kind?.name == address.kind else {
            throw UsageError(
                "--store: \(address.name) is not a store of this kind", hint: "'kappa sink \(address.kind)' fills it")
        }
        return address
    }

    /// The view in the folder of `kappa up`, so that all commands mean the same one.
    private static func standard(for kind: StoreKind?) throws -> StoreAddress {
        guard kind == nil || kind?.name == StoreKind.sqlite.name else {
            throw UsageError("--store: sqlite: is not a store of this kind", hint: "'kappa sink sqlite' fills it")
        }
        let folder = DataFolder.standard
        // Only a sink makes a store where there is none.
        if kind != nil { try DataFolder.make(folder) }
        return .sqlite(path: "\(folder)/kappa.db")
    }
}

extension ViewName {
    /// The view of --table, or the one that the store's address names.
    static func chosen(
        _ context: CommandContext, _ table: Option<String>, in address: StoreAddress? = nil
    ) throws -> ViewName {
        guard !context.isGiven(table) else { return try ViewName(word: context[table]) }
        let word = context[StoreOptions.store]
        let named = try address ?? (word == "sqlite:" ? nil : StoreKinds.known.address(word))
        return try ViewName(word: named?.view ?? context[table])
    }
}
