/// What became of the records so far. A reading is counted once, in one of accepted, late, dead, duplicates, filtered.
package struct JobCounts: Equatable, Sendable {
    package var records = 0
    package var accepted = 0
    package var late = 0
    package var dead = 0
    package var duplicates = 0
    package var filtered = 0
    package var results = 0

    package init() {}

    package static func += (left: inout JobCounts, right: JobCounts) {
        left.records += right.records
        left.accepted += right.accepted
        left.late += right.late
        left.dead += right.dead
        left.duplicates += right.duplicates
        left.filtered += right.filtered
        left.results += right.results
    }
}
