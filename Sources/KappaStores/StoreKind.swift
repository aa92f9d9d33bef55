/// What a store promises of a sink's rows and of its position in the topics.
package enum StoreGuarantee: String, Sendable {
    /// Rows and positions are written in one transaction, so a reader never meets one without the other.
    case transaction
    /// Each row is a register that only moves forward, and the position follows its rows.
    case register

    package var sentence: String {
        switch self {
        case .transaction: "rows and positions in one transaction"
        case .register: "each window once, eventually current"
        }
    }
}

/// A kind of store, declared once: what commands, help and addresses say of it is read from here.
package struct StoreKind: Sendable {
    /// The word of `kappa sink NAME`.
    package var name: String
    /// The store's own name, as its makers write it.
    package var title: String
    /// What its addresses begin with, before the colon.
    package var schemes: [String]
    /// An address as an example of its form.
    package var form: String
    package var guarantee: StoreGuarantee
    package var help: Help
    /// The C library behind it.
    package var library: Library?
    /// Where the store is when nothing says so; nil where that is for the program to choose.
    package var standardAddress: String?
    /// Makes an address out of a word with one of the schemes, or out of a word without any that is of this form.
    package var address: @Sendable (_ word: String) throws(StoreError) -> StoreAddress?
    /// Like `address`, for a word behind the kind's own command, which need not say the kind again.
    package var plainAddress: (@Sendable (_ word: String) throws(StoreError) -> StoreAddress?)?
    /// How a table can be cut into pieces.
    package var layouts: Set<Layout> = []

    package enum Layout: Sendable {
        /// A piece for each day or month.
        case period
        /// Pieces with names of the person's own.
        case pattern
    }

    package struct Library: Sendable {
        package var name: String
        /// It is opened by its first use, not with the program: also by asking for its version.
        package var isOnDemand: Bool
        package var version: @Sendable () -> String

        package init(_ name: String, isOnDemand: Bool, version: @escaping @Sendable () -> String) {
            (self.name, self.isOnDemand, self.version) = (name, isOnDemand, version)
        }
    }

    package struct Help: Sendable {
        package var abstract: String
        package var discussion: String
        /// A command line, and what it does.
        package var examples: [(line: String, does: String)]

        package init(abstract: String, discussion: String, examples: [(line: String, does: String)]) {
            self.abstract = abstract
            self.discussion = discussion
            self.examples = examples
        }
    }

    package init(
        name: String, title: String, schemes: [String], form: String, guarantee: StoreGuarantee, help: Help,
        library: Library? = nil, standardAddress: String? = nil,
        address: @escaping @Sendable (_ word: String) throws(StoreError) -> StoreAddress?
    ) {
        self.name = name
        self.title = title
        self.schemes = schemes
        self.form = form
        self.guarantee = guarantee
        self.help = help
        self.library = library
        self.standardAddress = standardAddress
        self.address = address
    }
}

/// The kinds of store that there are.
package struct StoreKinds: Sendable {
    package let all: [StoreKind]

    package init(_ all: [StoreKind]) { self.all = all }

    package subscript(name: String) -> StoreKind? { all.first { $0.name == name } }

    /// The address that a person's word means.
    package func address(_ word: String) throws(StoreError) -> StoreAddress {
        for kind in all {
            if let address = try kind.address(word) { return address }
        }
        let forms = all.map(\.form)
        // What is not understood may hold a password, so it is not repeated.
        throw StoreError(
            .usage, "the store's address is of no kind that is known",
            hint: "Write \(forms.dropLast().joined(separator: ", ")) or \(forms.last ?? "").")
    }
}
