import KappaLog

/// A topic's settings: Kafka's names and defaults, of which only what differs is kept.
///
/// All settings of Kafka 4.1 are known, so that what was written for a cluster can be used here; those that have no
/// meaning for one broker are kept and shown, and their documentation says so.
struct TopicSettings: Equatable {
    private(set) var overrides: [String: String] = [:]

    enum Problem: Error, Equatable {
        case unknown(String)
        case invalid(name: String, value: String)

        var words: String {
            switch self {
            case .unknown(let name): "Unknown topic config name: \(name)"
            case .invalid(let name, let value): "Invalid value \(value) for configuration \(name)"
            }
        }
    }

    static let all: [SettingDefinition] = sizes + times + stamps + compression + words + withoutEffect
    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    private static let byBrokerName = Dictionary(uniqueKeysWithValues: all.map { ($0.brokerName, $0) })

    static func definition(_ name: String) -> SettingDefinition? { byName[name] }

    /// The topic setting whose default the broker's setting of this name is.
    static func definition(brokerName name: String) -> SettingDefinition? { byBrokerName[name] }

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

    func value(of definition: SettingDefinition) -> String { overrides[definition.name] ?? definition.initial }

    /// What counts where the broker has defaults of its own.
    func over(_ defaults: TopicSettings) -> TopicSettings {
        var merged = defaults
        merged.overrides.merge(overrides) { $1 }
        return merged
    }

    var logConfiguration: LogConfiguration {
        var configuration = LogConfiguration()
        for definition in TopicSettings.all { definition.apply(value(of: definition), &configuration) }
        return configuration
    }

    /// How many replicas must have a write before it counts; there is never more than one.
    var minimumReplicas: Int { overrides["min.insync.replicas"].flatMap { Int($0) } ?? 1 }
}
