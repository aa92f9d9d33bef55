/// A log's settings, after Kafka's topic settings of the same names and with their defaults.
package struct LogConfiguration: Sendable, Equatable {
    package var segmentBytes = 1 << 30
    package var segmentMilliseconds: Int64 = 604_800_000
    /// Nil keeps records forever.
    /// None: what the log forgets cannot be replayed, and readings may be much older than their arrival.
    package var retentionMilliseconds: Int64?
    package var retentionBytes: Int?
    package var cleanupPolicy: CleanupPolicy = .delete
    package var minCompactionLagMilliseconds: Int64 = 0
    /// The share of bytes since the last compaction from which the next one is worth its reading.
    package var minCleanableRatio = 0.5
    /// How long a tombstone stays visible after compaction first met it.
    package var deleteRetentionMilliseconds: Int64 = 86_400_000
    /// The largest batch, as sent: compressed where it is compressed.
    package var maxMessageBytes = 1_048_588
    package var timestampType: TimestampType = .createTime
    /// Bytes of log between two entries of the indexes.
    package var indexIntervalBytes = 4096
    /// Bytes appended between two durable checkpoints: what recovery may have to read again after a crash.
    package var checkpointBytes = 8 << 20

    package init() {}

    package struct CleanupPolicy: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let delete = CleanupPolicy(rawValue: 1)
        package static let compact = CleanupPolicy(rawValue: 2)
    }

    package enum TimestampType: Sendable {
        case createTime, logAppendTime
    }
}
