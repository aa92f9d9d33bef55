import KappaArguments
import KappaCore

/// What rules of access are about, as options of the commands that list, add and remove them.
enum AclOptions {
    static let users = Option<[String]>(
        "user", type: .string("NAME"), settable: false, help: "The users the rules are for; '*' is everybody.")
    static let hosts = Option<[String]>(
        "host", type: .string("ADDRESS"), settable: false, help: "The address they connect from (default: '*', any).")
    static let allow = Option<[AccessOperation]>(
        "allow", type: .accessOperation, settable: false, help: "The operations to allow, such as read or write.")
    static let deny = Option<[AccessOperation]>(
        "deny", type: .accessOperation, settable: false, help: "The operations to deny, whatever is allowed.")
    static let topics = Option<[String]>(
        "topic", short: "t", type: .topic, settable: false, help: "The topics; '*' is all of them.")
    static let groups = Option<[String]>(
        "group", short: "g", type: .group, settable: false, help: "The consumer groups.")
    static let transactionalIds = Option<[String]>(
        "transactional-id", type: .string("ID"), settable: false, help: "The transactional ids.")
    static let cluster = Flag("cluster", help: "The cluster itself: its users, rules and settings.")
    static let prefixed = Flag("prefixed", help: "Take each name as a prefix.")

    static let all: [any ParameterKey] = [
        users, hosts, allow, deny, topics, groups, transactionalIds, cluster, prefixed,
    ]

    typealias Place = (kind: ResourceKind, name: String)

    private static func places(_ context: CommandContext) throws -> [Place] {
        var places: [Place] = context[topics].map { (.topic, $0) }
        places += context[groups].map { (.group, $0) }
        places += context[transactionalIds].map { (.transactionalId, $0) }
        guard !places.contains(where: { $0.name.isEmpty }) else { throw UsageError("a name is empty") }
        if context[cluster] {
            guard !context[prefixed] else { throw UsageError("--prefixed does not go with --cluster") }
            places.append((.cluster, AccessRule.clusterName))
        }
        return places
    }

    private static func operations(_ context: CommandContext) -> [(Permission, AccessOperation)] {
        context[allow].map { (.allow, $0) } + context[deny].map { (.deny, $0) }
    }

    private static func principals(_ context: CommandContext) throws -> [String] {
        try context[users].map { name in
            guard !name.isEmpty else { throw UsageError("--user is empty") }
            return name.hasPrefix("User:") ? name : "User:\(name)"
        }
    }

    static func rules(_ context: CommandContext) throws -> [AccessRule] {
        let (people, places, operations) = (try principals(context), try places(context), operations(context))
        guard !people.isEmpty else { throw UsageError("--user is missing", hint: "--user '*' is everybody") }
        guard !operations.isEmpty else { throw UsageError("--allow or --deny is missing", hint: "--allow write, say") }
        guard !places.isEmpty else {
            throw UsageError(
                "the resource of the rule is missing",
                hint: "--topic, --group, --transactional-id or --cluster names it")
        }
        let addresses = context[hosts].isEmpty ? [AccessRule.wildcard] : context[hosts]
        var rules: [AccessRule] = []
        for (kind, name) in places {
            for (permission, operation) in operations {
                try check(operation, of: kind)
                for person in people {
                    for host in addresses {
                        rules.append(
                            AccessRule(
                                kind: kind, name: name, pattern: context[prefixed] ? .prefixed : .literal,
                                principal: person, host: host, operation: operation, permission: permission))
                    }
                }
            }
        }
        return rules
    }

    /// A rule about what cannot be done with a thing would be taken, and mean nothing.
    private static func check(_ operation: AccessOperation, of kind: ResourceKind) throws {
        let known = AccessOperation.known(for: kind)
        guard operation == .all || known.contains(operation) else {
            throw UsageError(
                "\(operation.optionWord) is not an operation of a \(kind.word.lowercased())",
                hint: "one of \(known.map(\.optionWord).sorted().joined(separator: ", ")) is, or all")
        }
    }

    static func saysAnything(_ context: CommandContext) -> Bool {
        !context[users].isEmpty || !context[hosts].isEmpty || !operations(context).isEmpty
            || !context[topics].isEmpty || !context[groups].isEmpty || !context[transactionalIds].isEmpty
            || context[cluster]
    }

    /// One for each combination of what was said.
    static func filters(_ context: CommandContext) throws -> [AccessFilter] {
        var filters = [AccessFilter()]
        if context[prefixed] { filters = filters.map { $0.with { $0.pattern = .only(.prefixed) } } }
        func each<Value>(_ values: [Value], _ set: (inout AccessFilter, Value) -> Void) {
            guard !values.isEmpty else { return }
            filters = filters.flatMap { filter in values.map { value in filter.with { set(&$0, value) } } }
        }
        each(try places(context)) { ($0.kind, $0.name) = ($1.kind, $1.name) }
        each(try principals(context)) { $0.principal = $1 }
        each(context[hosts]) { $0.host = $1 }
        each(operations(context)) { ($0.permission, $0.operation) = $1 }
        return filters
    }

    static func order(_ left: AccessRule, _ right: AccessRule) -> Bool {
        func words(_ rule: AccessRule) -> [String] {
            [rule.principal, rule.kind.word, rule.name, rule.pattern.word, rule.permission.word, rule.operation.word]
        }
        return words(left).lexicographicallyPrecedes(words(right))
    }
}

extension AccessFilter {
    fileprivate func with(_ change: (inout AccessFilter) -> Void) -> AccessFilter {
        var filter = self
        change(&filter)
        return filter
    }
}

extension AccessOperation {
    /// `describe-configs`.
    var optionWord: String { word.lowercased().replacing("_", with: "-") }
}

extension ValueType where Value == AccessOperation {
    fileprivate static var accessOperation: Self {
        let all = AccessOperation.allCases.filter { ![.createTokens, .describeTokens].contains($0) }
        let choices = all.map { Choice($0.optionWord) }
        return ValueType("OPERATION", choices: choices) { (word) throws(ValueError) in
            let plain = word.lowercased().replacing("_", with: "-")
            guard let value = all.first(where: { $0.optionWord == plain }) else {
                throw .notOneOf(choices.map(\.word), word)
            }
            return value
        }
    }
}
