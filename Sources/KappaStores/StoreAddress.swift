/// Where a view store is, and how it is opened. Its kind made it out of a person's word.
package struct StoreAddress: Sendable, Equatable {
    /// The name of the store's kind.
    package var kind: String
    /// The store as it may be shown to anybody.
    package var name: String
    /// The address in full; it may hold a password.
    package var word: String
    /// Whether the word holds a password, which then should leave the process's list of arguments.
    package var holdsPassword: Bool
    /// The view that the address names, which is then the usual one.
    package var view: String?
    private var opening: @Sendable (StorePurpose) throws(StoreError) -> any ViewStore

    package init(
        kind: String, name: String, word: String, holdsPassword: Bool = false,
        opening: @escaping @Sendable (StorePurpose) throws(StoreError) -> any ViewStore
    ) {
        self.kind = kind
        self.name = name
        self.word = word
        self.holdsPassword = holdsPassword
        self.opening = opening
    }

    package static func == (left: Self, right: Self) -> Bool {
        (left.kind, left.word) == (right.kind, right.word)
    }

    /// Opens a store of its own to the caller, who alone uses it.
    package func open(for purpose: StorePurpose) throws(StoreError) -> any ViewStore { try opening(purpose) }
}

/// What a store is opened for. A reader cannot write, whatever it is asked to run.
package enum StorePurpose: Sendable, Equatable {
    case writing
    case reading
    /// One of several readers in a process that lives long: it keeps little in memory.
    case serving
}

extension String {
    /// What follows a prefix; nil without it.
    package func after(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
