package import KappaCore

/// What a view store could not do.
///
/// A message names the store by its redacted name; it is made from the server's own words, never from a connection
/// string, so no password can reach it.
package struct StoreError: Failure, Equatable {
    package enum Code: Sendable, Equatable {
        /// The words that name a store, table or column are wrong.
        case usage
        /// There is no connection, or it was lost; nothing is known of what was under way.
        case connection
        /// The store asked for another try: a deadlock, a serialisation failure, a lock that did not come, full memory.
        case tryAgain
        /// The store refuses the data of a row.
        case refusedData
        /// A row of this key is already there.
        case duplicateKey
        /// The schema is missing, older than it must be, or somebody else's.
        case schema
        /// The log and the store contradict each other: a recreated topic, records that are no longer there.
        case contradiction
        /// A statement of the person's own is wrong.
        case statement
        /// The wait was ended by a request to stop.
        case stopped
        /// All else.
        case failed
    }

    package var code: Code
    package var message: String
    package var hint: String?
    /// The five characters by which PostgreSQL names the error, where it was PostgreSQL's.
    package var state: String?
    /// The store's own sentence, without the store's name, which begins `message`.
    package var reason: String

    /// - Parameter store: the redacted name, where `message` is the store's own sentence and does not begin with it.
    package init(_ code: Code, _ message: String, of store: String? = nil, hint: String? = nil, state: String? = nil) {
        self.code = code
        self.message = store.map { "\($0): \(message)" } ?? message
        reason = message
        self.hint = hint
        self.state = state
    }

    package var kind: FailureKind {
        switch code {
        case .usage, .statement: .usage
        case .connection: .unreachable
        default: .failed
        }
    }

    /// Whether the same work may succeed a little later. Such an error never makes a dead letter.
    package var isTransient: Bool { code == .connection || code == .tryAgain }
}

extension StoreError {
    package static func shown(_ target: ViewTarget, in store: String) -> StoreError {
        StoreError(
            .usage, "\(store): '\(target.view)' shows '\(target.tableName)', so it stays",
            hint: "Let the view show another generation first.")
    }

    /// A question of ours that the view could not be asked.
    package func aboutView(lacksColumn: Bool) -> StoreError {
        var error = self
        error.code = .schema
        error.hint =
            lacksColumn
            ? "It is no view of results; --sql asks it whatever you like."
            : "kappa sink fills the store; kappa store status shows what it holds."
        return error
    }
}
