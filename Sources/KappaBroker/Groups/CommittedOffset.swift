/// How far a group has come in one partition.
struct CommittedOffset: Equatable {
    var offset: Int64
    var leaderEpoch: Int32 = -1
    var metadata: String = ""
    /// By the wall clock.
    var committedAt: Int64
}
