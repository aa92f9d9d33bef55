/// What a run of consuming is told.
package struct ConsumeSettings: Sendable {
    package var topics: [String]
    /// Only these partitions; all where it is empty.
    package var partitions: [Int32] = []
    package var range = OffsetRange()
    /// End at the ends that the partitions have at the start.
    package var stopsAtEnd = false
    /// End after this many records.
    package var count: Int?
    /// How long to wait for a record before that is a failure.
    package var patience: Duration?
    /// The partitions are shared with a group's other members, and what was printed is committed.
    package var isGrouped = false
    /// The topics as they are named, even if another generation is active.
    package var isExact = false

    package init(topics: [String]) { self.topics = topics }
}
