package import KappaRecords

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
    /// A record that has waited this long for compaction waits no longer, whatever the share of what is new.
    package var maxCompactionLagMilliseconds: Int64 = .max
    /// The share of bytes since the last compaction from which the next one is worth its reading.
    package var minCleanableRatio = 0.5
    /// How long a tombstone stays visible after compaction first met it.
    package var deleteRetentionMilliseconds: Int64 = 86_400_000
    /// The largest batch, as sent: compressed where it is compressed.
    package var maxMessageBytes = 1_048_588
    package var timestampType: TimestampType = .createTime
    /// How far the producers' times may lie from the broker's clock, in the past and in the future.
    package var timestampBeforeMaxMilliseconds: Int64 = .max
    package var timestampAfterMaxMilliseconds: Int64 = .max
    package var compression = Compression.asSent
    package var compressionLevels = CompressionLevels()
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

    /// How batches are kept.
    package enum Compression: Sendable, Equatable {
        case asSent
        case always(RecordBatch.Codec)

        /// In Kafka's words; what is unknown stays as it was sent.
        package init(word: String) {
            let codecs: [String: RecordBatch.Codec] = [
                "uncompressed": .none, "gzip": .gzip, "snappy": .snappy, "lz4": .lz4, "zstd": .zstd,
            ]
            self = codecs[word].map { .always($0) } ?? .asSent
        }
    }

    /// How hard each codec tries, in its own scale.
    package struct CompressionLevels: Sendable, Equatable {
        package var gzip: Int32 = -1
        package var lz4: Int32 = 9
        package var zstd: Int32 = 3
        package init() {}
    }

    /// The age at which a segment is closed. In a compacted log none stays open longer than a record may wait, for the
    /// open one is never compacted.
    var rollMilliseconds: Int64 {
        cleanupPolicy.contains(.compact) ? min(segmentMilliseconds, maxCompactionLagMilliseconds) : segmentMilliseconds
    }

    package enum TimestampType: Sendable {
        case createTime, logAppendTime
    }
}
