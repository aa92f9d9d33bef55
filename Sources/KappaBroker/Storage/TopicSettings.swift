import KappaLog

/// A topic's settings: Kafka's names and defaults, of which only what differs is kept.
struct TopicSettings: Equatable {
    private(set) var overrides: [String: String] = [:]

    /// What a setting holds, by the numbers of DescribeConfigs.
    enum Kind: Int8 {
        case boolean = 1
        case string = 2
        case int = 3
        case long = 5
        case double = 6
        case list = 7
    }

    struct Definition {
        var name: String
        var kind: Kind
        var initial: String
        var documentation: String
        var accepts: (String) -> Bool
        var apply: (String, inout LogConfiguration) -> Void
    }

    enum Problem: Error, Equatable {
        case unknown(String)
        case invalid(name: String, value: String)

        var words: String {
            switch self {
            case .unknown(let name): "unknown topic config name: \(name)"
            case .invalid(let name, let value): "invalid value '\(value)' for \(name)"
            }
        }
    }

    static func definition(_ name: String) -> Definition? { all.first { $0.name == name } }

    /// Sets a value, or with nil goes back to the default.
    mutating func set(_ name: String, to value: String?) throws(Problem) {
        guard let definition = TopicSettings.definition(name) else { throw .unknown(name) }
        guard let value else {
            overrides[name] = nil
            return
        }
        guard definition.accepts(value) else { throw .invalid(name: name, value: value) }
        overrides[name] = value
    }

    func value(of definition: Definition) -> String { overrides[definition.name] ?? definition.initial }

    var logConfiguration: LogConfiguration {
        var configuration = LogConfiguration()
        for definition in TopicSettings.all { definition.apply(value(of: definition), &configuration) }
        return configuration
    }

    private static func long(
        _ name: String, _ initial: Int64, from least: Int64, _ documentation: String, kind: Kind = .long,
        _ apply: @escaping (Int64, inout LogConfiguration) -> Void
    ) -> Definition {
        Definition(
            name: name, kind: kind, initial: String(initial), documentation: documentation,
            accepts: { Int64($0).map { $0 >= least } ?? false },
            apply: { value, log in Int64(value).map { apply($0, &log) } })
    }

    private static func word(
        _ name: String, _ initial: String, kind: Kind = .string, _ documentation: String,
        accepts: @escaping (String) -> Bool, _ apply: @escaping (String, inout LogConfiguration) -> Void
    ) -> Definition {
        Definition(
            name: name, kind: kind, initial: initial, documentation: documentation, accepts: accepts, apply: apply)
    }

    static var all: [Definition] { sizes + times + words }

    private static var sizes: [Definition] {
        [
            long("segment.bytes", 1 << 30, from: 14, "The size at which a segment file is closed.", kind: .int) {
                $1.segmentBytes = Int(min($0, 1 << 31 - 1))
            },
            long("retention.bytes", -1, from: -1, "The size above which the oldest segments go; -1 for none.") {
                $1.retentionBytes = $0 < 0 ? nil : Int($0)
            },
            long("max.message.bytes", 1_048_588, from: 0, "The largest batch, as sent.", kind: .int) {
                $1.maxMessageBytes = Int($0)
            },
            long("index.interval.bytes", 4096, from: 0, "Bytes between index entries.", kind: .int) {
                $1.indexIntervalBytes = max(1, Int($0))
            },
        ]
    }

    private static var times: [Definition] {
        [
            long("segment.ms", 604_800_000, from: 1, "The age at which a segment file is closed.") {
                $1.segmentMilliseconds = $0
            },
            long("retention.ms", -1, from: -1, "The age above which segments go; -1 for never.") {
                $1.retentionMilliseconds = $0 < 0 ? nil : $0
            },
            long("min.compaction.lag.ms", 0, from: 0, "How long a record stays out of compaction.") {
                $1.minCompactionLagMilliseconds = $0
            },
            long("delete.retention.ms", 86_400_000, from: 0, "How long compaction keeps a tombstone.") {
                $1.deleteRetentionMilliseconds = $0
            },
        ]
    }

    private static var words: [Definition] {
        [
            word(
                "cleanup.policy", "delete", kind: .list, "delete, compact, or both.",
                accepts: { word in
                    let parts = word.split(separator: ",", omittingEmptySubsequences: false)
                    return parts.allSatisfy { ["delete", "compact"].contains(String($0)) }
                }
            ) { value, log in
                log.cleanupPolicy = []
                if value.contains("delete") { log.cleanupPolicy.insert(.delete) }
                if value.contains("compact") { log.cleanupPolicy.insert(.compact) }
            },
            word(
                "message.timestamp.type", "CreateTime", "Whose clock stamps records.",
                accepts: { ["CreateTime", "LogAppendTime"].contains($0) }
            ) { $1.timestampType = $0 == "LogAppendTime" ? .logAppendTime : .createTime },
            word(
                "min.cleanable.dirty.ratio", "0.5", kind: .double,
                "How much of a log must be new before it is compacted.",
                accepts: { Double($0).map { (0...1).contains($0) } ?? false }
            ) { value, log in Double(value).map { log.minCleanableRatio = $0 } },
            // Batches are kept as they were sent, which is what "producer" says.
            word("compression.type", "producer", "Kept as sent.", accepts: { $0 == "producer" }) { _, _ in },
            word("min.insync.replicas", "1", kind: .int, "One node, one replica.", accepts: { $0 == "1" }) { _, _ in },
        ]
    }
}
