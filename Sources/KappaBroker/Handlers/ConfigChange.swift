import KappaCore
import KappaWire

/// One change to the settings of a topic or of the broker, as both requests that alter settings ask for it.
struct ConfigChange {
    /// The protocol's numbers for what happens to a setting.
    enum Operation: Int8 {
        case set = 0
        case delete = 1
        case append = 2
        case subtract = 3
    }

    var name: String
    var value: String?
    var operation: Operation?

    /// Carries changes out, all or none of them. Where `replaces` is set, whatever is not named goes back to its
    /// default.
    static func apply<Response>(
        _ changes: [ConfigChange], type: Int8, name: String, replaces: Bool, validateOnly: Bool,
        _ call: Call<Response>, _ core: BrokerCore
    ) -> AdminProblem? {
        do throws(AdminProblem) {
            try ConfigResource.require(.alterConfigs, type, name, call, core)
            switch ConfigResource(rawValue: type) {
            case .topic: try alterTopic(name, changes, replaces: replaces, validateOnly: validateOnly, core)
            case .broker: try alterBroker(name, changes, replaces: replaces, validateOnly: validateOnly, core)
            case nil: throw AdminProblem(.invalidRequest, "settings of kind \(type) are not kept here")
            }
            return nil
        } catch {
            return error
        }
    }

    private static func alterTopic(
        _ name: String, _ changes: [ConfigChange], replaces: Bool, validateOnly: Bool, _ core: BrokerCore
    ) throws(AdminProblem) {
        guard let topic = core.topics.topics[name] else {
            throw AdminProblem(.unknownTopicOrPartition, "there is no topic \(name)")
        }
        guard !topic.isInternal else { throw AdminProblem(.invalidRequest, "\(name) is the broker's own") }
        var settings = replaces ? TopicSettings() : topic.settings
        let defaults = core.topics.defaults
        do throws(TopicSettings.Problem) {
            for change in changes {
                guard let definition = TopicSettings.definition(change.name) else {
                    throw TopicSettings.Problem.unknown(change.name)
                }
                let current = settings.over(defaults).value(of: definition)
                try settings.set(change.name, to: try change.result(definition, current: current))
            }
        } catch {
            throw AdminProblem(.invalidConfig, error.words)
        }
        guard !validateOnly else { return }
        do {
            try core.topics.configure(topic, settings)
        } catch {
            core.configuration.log("the settings of \(name) could not be kept: \(error)")
            throw AdminProblem(.kafkaStorageError, "\(error)")
        }
    }

    private static func alterBroker(
        _ name: String, _ changes: [ConfigChange], replaces: Bool, validateOnly: Bool, _ core: BrokerCore
    ) throws(AdminProblem) {
        if !name.isEmpty { try ConfigResource.requireBroker(name, core) }
        let scope: BrokerSettings.Scope = name.isEmpty ? .cluster : .broker
        var values = replaces ? [:] : core.settings.values[scope] ?? [:]
        let fixed = Set(BrokerSettings.fixed(core).map(\.name))
        for change in changes {
            guard let definition = BrokerSettings.definition(change.name) else {
                throw fixed.contains(change.name)
                    ? AdminProblem(.invalidRequest, "Cannot update these configs dynamically: Set(\(change.name))")
                    : AdminProblem(.invalidConfig, "Unknown broker config name: \(change.name)")
            }
            let current = values[change.name] ?? core.settings.levels(of: definition)[0].value
            do throws(TopicSettings.Problem) {
                let value = try change.result(definition, current: current)
                guard value.map(definition.accepts) ?? true else {
                    throw TopicSettings.Problem.invalid(name: change.name, value: value ?? "")
                }
                values[change.name] = value
            } catch {
                throw AdminProblem(.invalidRequest, error.words)
            }
        }
        do {
            try core.settings.replace(scope, with: values, validateOnly: validateOnly)
        } catch {
            core.configuration.log("the broker's settings could not be kept: \(error)")
            throw AdminProblem(.kafkaStorageError, "\(error)")
        }
        if !validateOnly { core.topics.setDefaults(core.settings.topicDefaults) }
    }

    /// The value that the setting has afterwards; nil for its default.
    private func result(
        _ definition: SettingDefinition, current: String
    ) throws(TopicSettings.Problem) -> String? {
        var list = current.split(separator: ",").map(String.init)
        let words = (value ?? "").split(separator: ",").map(String.init)
        switch operation {
        case .set: return value
        case .delete: return nil
        case .append where definition.kind == .list: list += words.filter { !list.contains($0) }
        case .subtract where definition.kind == .list: list.removeAll { words.contains($0) }
        default: throw .invalid(name: name, value: value ?? "")
        }
        return list.joined(separator: ",")
    }
}
