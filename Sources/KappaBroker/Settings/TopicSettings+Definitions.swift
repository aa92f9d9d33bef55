import KappaLog

/// The settings that do something, with Kafka's defaults but for retention: what the log forgets cannot be replayed.
extension TopicSettings {
    static let sizes: [SettingDefinition] = [
        .number(
            "segment.bytes", as: "log.segment.bytes", 1 << 30, from: 14, kind: .int,
            "The size at which a segment file is closed."
        ) { $1.segmentBytes = Int($0) },
        .number(
            "retention.bytes", as: "log.retention.bytes", -1, from: -1,
            "The size above which the oldest segments go; -1 for none."
        ) { $1.retentionBytes = $0 < 0 ? nil : Int($0) },
        .number(
            "max.message.bytes", as: "message.max.bytes", 1_048_588, kind: .int, "The largest batch, as sent."
        ) { $1.maxMessageBytes = Int($0) },
        .number(
            "index.interval.bytes", as: "log.index.interval.bytes", 4096, kind: .int, "Bytes between index entries."
        ) { $1.indexIntervalBytes = max(1, Int($0)) },
    ]

    static let times: [SettingDefinition] = [
        .number(
            "segment.ms", as: "log.roll.ms", 604_800_000, from: 1, "The age at which a segment file is closed."
        ) { $1.segmentMilliseconds = $0 },
        .number(
            "retention.ms", as: "log.retention.ms", -1, from: -1, "The age above which segments go; -1 for never."
        ) { $1.retentionMilliseconds = $0 < 0 ? nil : $0 },
        .number(
            "min.compaction.lag.ms", as: "log.cleaner.min.compaction.lag.ms", 0,
            "How long a record stays out of compaction."
        ) { $1.minCompactionLagMilliseconds = $0 },
        .number(
            "max.compaction.lag.ms", as: "log.cleaner.max.compaction.lag.ms", .max, from: 1,
            "How long a record may stay out of compaction, however little is new."
        ) { $1.maxCompactionLagMilliseconds = $0 },
        .number(
            "delete.retention.ms", as: "log.cleaner.delete.retention.ms", 86_400_000,
            "How long compaction keeps a tombstone."
        ) { $1.deleteRetentionMilliseconds = $0 },
    ]

    static let stamps: [SettingDefinition] = [
        .word(
            "message.timestamp.type", as: "log.message.timestamp.type", "CreateTime",
            of: ["CreateTime", "LogAppendTime"], "Whose clock stamps records."
        ) { $1.timestampType = $0 == "LogAppendTime" ? .logAppendTime : .createTime },
        .number(
            "message.timestamp.before.max.ms", as: "log.message.timestamp.before.max.ms", .max,
            "How much older than its arrival a record may be; without effect with LogAppendTime."
        ) { $1.timestampBeforeMaxMilliseconds = $0 },
        .number(
            "message.timestamp.after.max.ms", as: "log.message.timestamp.after.max.ms", 3_600_000,
            "How much later than its arrival a record may say it was made; without effect with LogAppendTime."
        ) { $1.timestampAfterMaxMilliseconds = $0 },
    ]

    static let words: [SettingDefinition] = [
        SettingDefinition(
            name: "cleanup.policy", brokerName: "log.cleanup.policy", kind: .list, initial: "delete",
            documentation: "delete, compact, or both.",
            accepts: { word in
                let parts = word.split(separator: ",", omittingEmptySubsequences: false)
                return parts.allSatisfy { ["delete", "compact"].contains(String($0)) }
            },
            apply: { value, log in
                log.cleanupPolicy = []
                if value.contains("delete") { log.cleanupPolicy.insert(.delete) }
                if value.contains("compact") { log.cleanupPolicy.insert(.compact) }
            }),
        SettingDefinition(
            name: "min.cleanable.dirty.ratio", brokerName: "log.cleaner.min.cleanable.ratio", kind: .double,
            initial: "0.5", documentation: "How much of a log must be new before it is compacted.",
            accepts: { Double($0).map { (0...1).contains($0) } ?? false },
            apply: { value, log in if let ratio = Double(value) { log.minCleanableRatio = ratio } }),
        .number(
            "min.insync.replicas", as: "min.insync.replicas", 1, from: 1, kind: .int,
            "How many replicas must have a write with acks=all. There is one: with more than 1 nothing is taken."),
    ]
}
