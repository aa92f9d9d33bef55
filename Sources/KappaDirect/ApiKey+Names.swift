import KappaWire

extension ApiKey {
    /// The last version in which topics go by their names, groups one by one, and a producer keeps its epoch from one
    /// transaction to the next: what came later is known to the codec for the broker's sake, and this side does not
    /// speak it.
    var newestWithNames: Int16 {
        switch self {
        case .produce: 9
        case .fetch: 12
        case .offsetFetch: 7
        case .deleteTopics: 5
        case .addPartitionsToTxn: 3
        case .endTxn, .txnOffsetCommit: 4
        default: .max
        }
    }
}
