package import KappaCore
import KappaKafka
package import KappaStreams

/// How a job stands, for people and for `--stats`.
package struct JobFigures: Sendable {
    package var counts = JobCounts()
    package var openWindows = 0
    /// The slowest and the fastest clock of the input's partitions that have one.
    package var slowestClock: Int64?
    var fastestClock: Int64?
    package var positions: [TopicPartition: Int64] = [:]

    package mutating func add(_ partition: InputPartition) {
        openWindows += partition.task.openWindows
        positions[partition.at] = partition.position
        counts += partition.share(of: partition.counts)
        if !partition.stage.isMerging { hear(partition.task.clock) }
    }

    private mutating func hear(_ clock: Int64) {
        guard clock != PartitionTask.noClock else { return }
        slowestClock = min(slowestClock ?? clock, clock)
        fastestClock = max(fastestClock ?? clock, clock)
    }

    static func += (left: inout JobFigures, right: JobFigures) {
        left.counts += right.counts
        left.openWindows += right.openWindows
        left.positions.merge(right.positions) { $1 }
        for clock in [right.slowestClock, right.fastestClock].compactMap({ $0 }) { left.hear(clock) }
    }
}
