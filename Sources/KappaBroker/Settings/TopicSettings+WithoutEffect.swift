import KappaLog

/// Settings of Kafka's that mean nothing to one broker with its own way to the disk. They are kept, so that what was
/// written for a cluster can be used as it is, and say of themselves that they do nothing.
extension TopicSettings {
    private static let none = "Kept and shown, and without effect here: "

    static let withoutEffect: [SettingDefinition] = disk + replicas + tiers

    private static let disk: [SettingDefinition] = [
        .number(
            "flush.messages", as: "log.flush.interval.messages", .max, from: 1, none + "--fsync says when to sync."),
        .number("flush.ms", as: "log.flush.interval.ms", .max, none + "--fsync says when to sync."),
        .number(
            "file.delete.delay.ms", as: "log.segment.delete.delay.ms", 60_000, none + "files are removed at once."),
        .number(
            "segment.index.bytes", as: "log.index.size.max.bytes", 10_485_760, from: 4, kind: .int,
            none + "indexes grow with their segment."),
        .number("segment.jitter.ms", as: "log.roll.jitter.ms", 0, none + "segments roll when they are due."),
        .flag("preallocate", as: "log.preallocate", false, none + "files grow as they are written."),
    ]

    private static let throttled = SettingDefinition(
        name: "leader.replication.throttled.replicas", brokerName: "leader.replication.throttled.replicas", kind: .list,
        initial: "", documentation: none + "there is one replica.", accepts: isListOfReplicas)

    private static let replicas: [SettingDefinition] = [
        throttled,
        SettingDefinition(
            name: "follower.replication.throttled.replicas", brokerName: "follower.replication.throttled.replicas",
            kind: .list, initial: "", documentation: none + "there is one replica.", accepts: isListOfReplicas),
        .flag(
            "unclean.leader.election.enable", as: "unclean.leader.election.enable", false,
            none + "there is one replica."),
    ]

    /// A star, or pairs of a partition and a broker: `0:1,1:1`.
    private static let isListOfReplicas: @Sendable (String) -> Bool = { word in
        word.isEmpty || word == "*"
            || word.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { pair in
                let numbers = pair.split(separator: ":", omittingEmptySubsequences: false)
                return numbers.count == 2
                    && numbers.allSatisfy { Int32($0.drop { $0 == " " }).map { $0 >= 0 } ?? false }
            }
    }

    private static let tiers: [SettingDefinition] = [
        .word(
            "remote.storage.enable", as: "remote.log.storage.system.enable", "false", of: ["false"], kind: .boolean,
            none + "there is no tiered storage, and it cannot be switched on."),
        .flag("remote.log.copy.disable", as: "remote.log.copy.disable", false, none + "there is no tiered storage."),
        .flag(
            "remote.log.delete.on.disable", as: "remote.log.delete.on.disable", false,
            none + "there is no tiered storage."),
        .number(
            "local.retention.bytes", as: "log.local.retention.bytes", -2, from: -2,
            none + "there is no tiered storage."),
        .number("local.retention.ms", as: "log.local.retention.ms", -2, from: -2, none + "there is no tiered storage."),
    ]
}
