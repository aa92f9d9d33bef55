/// Settings of the broker that clients may change while it runs: the defaults of topics, under the broker's names for
/// them, and a few of its own. They are kept in one small file of the data folder.
struct BrokerSettings {
    static let fileName = "settings"

    /// For whom a setting was made: all brokers of the cluster, or this one, which comes first.
    enum Scope: String, CaseIterable {
        case cluster, broker
    }

    /// Where a value comes from, by the numbers of DescribeConfigs.
    enum Source: Int8 {
        case topic = 1
        case broker = 2
        case cluster = 3
        case start = 4
        case initial = 5
    }

    /// One place that gives a setting a value.
    struct Level: Equatable {
        var name: String
        var value: String
        var source: Source
    }

    private let file: SummedFile
    private(set) var values: [Scope: [String: String]] = [:]

    init(directory: String) throws(BrokerError) {
        file = SummedFile(BrokerSettings.fileName, in: directory)
        guard let text = try file.read() else { return }
        for (number, line) in text.split(separator: "\n").enumerated() {
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 3, let scope = Scope(rawValue: words[0]),
                BrokerSettings.definition(words[1])?.accepts(words[2]) == true
            else { throw BrokerError("\(file.path) cannot be read: line \(number + 1) is '\(line)'") }
            values[scope, default: [:]][words[1]] = words[2]
        }
    }

    /// What may be changed while the broker runs.
    static func definition(_ name: String) -> SettingDefinition? {
        TopicSettings.definition(brokerName: name) ?? own.first { $0.name == name }
    }

    /// Checks the settings of one scope and writes them down.
    mutating func replace(_ scope: Scope, with settings: [String: String], validateOnly: Bool) throws {
        var next = values
        next[scope] = settings
        guard !validateOnly, next != values else { return }
        var text = ""
        for scope in Scope.allCases {
            for (name, value) in (next[scope] ?? [:]).sorted(by: { $0.key < $1.key }) {
                text += "\(scope.rawValue) \(name) \(value)\n"
            }
        }
        try file.write(text)
        values = next
    }

    /// The defaults of topics that were set here.
    var topicDefaults: TopicSettings {
        var defaults = TopicSettings()
        for scope in Scope.allCases {
            for (name, value) in values[scope] ?? [:] {
                guard let definition = TopicSettings.definition(brokerName: name) else { continue }
                try? defaults.set(definition.name, to: value)
            }
        }
        return defaults
    }

    /// How often logs are looked at for what time alone makes due.
    var compactionMilliseconds: Int64 {
        let backOff = BrokerSettings.definition("log.cleaner.backoff.ms").map { levels(of: $0)[0].value }
        return max(100, backOff.flatMap { Int64($0) } ?? 15_000)
    }

    /// The places that give one of the broker's settings a value, the one that counts first; the last is the default.
    func levels(of definition: SettingDefinition) -> [Level] {
        let name = definition.brokerName
        var levels: [Level] = []
        if let value = values[.broker]?[name] { levels.append(Level(name: name, value: value, source: .broker)) }
        if let value = values[.cluster]?[name] { levels.append(Level(name: name, value: value, source: .cluster)) }
        return levels + [Level(name: name, value: definition.initial, source: .initial)]
    }

    /// The same for a topic's setting, which comes before what the broker says.
    func levels(of definition: SettingDefinition, on topic: TopicSettings) -> [Level] {
        let own = topic.overrides[definition.name].map { Level(name: definition.name, value: $0, source: .topic) }
        return (own.map { [$0] } ?? []) + levels(of: definition)
    }
}
