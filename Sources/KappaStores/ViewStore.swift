package import KappaCore

/// A place where views are kept: the seam between what is asked and stored, and the servers and files that do it.
///
/// A store is used by one thread; its calls block. What differs between stores is this protocol's size.
package protocol ViewStore: AnyObject {
    /// The store as it may be shown to anybody.
    var name: String { get }

    /// Makes the view, or adds what is missing. Nothing is ever taken away. Returns what was done, in words.
    func migrate(_ target: ViewTarget) throws(StoreError) -> [String]
    func status(of target: ViewTarget) throws(StoreError) -> ViewStatus
    /// The fields of a generation's rows; nil where there is no such table.
    func schema(of target: ViewTarget) throws(StoreError) -> ResultSchema?
    /// The fields of the rows that the stable name shows; nil where it is no view of results.
    func schema(of view: ViewName) throws(StoreError) -> ResultSchema?
    /// Lets the stable name show this generation from now on, in one transaction.
    func show(_ target: ViewTarget) throws(StoreError)
    /// Takes a generation's table away with all that is kept of its sink, in one transaction; the one that the stable
    /// name shows is refused. What is not there is fine.
    func drop(_ target: ViewTarget) throws(StoreError)

    /// All positions of the sink that fills `target`.
    func positions(of target: ViewTarget) throws(StoreError) -> [SinkPosition]
    /// Writes down where a sink begins, where nothing is written yet. The positions found afterwards are the truth.
    ///
    /// - Parameter logEnds: where the logs end now of which the sink has begun others before. Stores whose rows are
    ///   registers order a partition that is begun later behind all of them.
    func begin(
        _ target: ViewTarget, at positions: [SinkPosition], logEnds: [TopicPartition: Int64]) throws(StoreError)

    /// Puts the rows in and moves the sink's positions on, as the store's guarantee says.
    func write(_ batch: RowBatch, to target: ViewTarget, advancing: [SinkAdvance]) throws(StoreError) -> WriteOutcome

    /// Answers a question; the cursor of an earlier one must not be read any more.
    func answer(_ question: ViewQuestion, of view: ViewName) throws(StoreError) -> any RowCursor
    /// Begins to follow a view, from now or from a place on.
    func follow(
        _ query: ViewQuery, columns: [String], of view: ViewName, after place: FollowPlace?
    ) throws(StoreError) -> any RowFollower
    /// Ends a question that is being answered once `isOver` says so; nil lets all go on. A store that cannot end one
    /// on its way says nothing: then it ends between two rows.
    func interrupt(when isOver: (@Sendable () -> Bool)?)
}

extension ViewStore {
    package func interrupt(when isOver: (@Sendable () -> Bool)?) {}
}

extension ViewStore {
    package func begin(_ target: ViewTarget, at positions: [SinkPosition]) throws(StoreError) {
        try begin(target, at: positions, logEnds: [:])
    }
}

/// What became of a batch.
package enum WriteOutcome: Equatable, Sendable {
    /// All is in: so many rows, and so many refused ones beside them.
    case stored(rows: Int, refused: Int)
    /// Another sink has moved the positions since: nothing was written.
    case fenced
}

package struct ViewStatus: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case missing
        case current
        /// Columns or indexes are to be added.
        case older(missing: [String])
        /// Something else bears the name.
        case foreign(String)
    }

    package var state: State
    package var version: Int?
    /// The generation that the stable name shows.
    package var generation: Int?
    /// A word that no other store has for its view: sinks of one store share the partitions, those of two do not.
    package var identity: String?
    /// An estimate where counting would take long.
    package var rows: Int64?
    package var deadLetters: Int64?

    package init(state: State) { self.state = state }
}

extension ViewStatus {
    /// Eight random digits for a new view.
    package static func makeIdentity() -> String {
        let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
