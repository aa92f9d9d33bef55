import KappaCore

/// Decides what clients may do, by Kafka's rules: a rule that denies comes before any that allows, however exact they
/// are; what no rule allows is denied, or, if so wished, allowed where no rule is about the resource at all; and super
/// users may do everything.
struct Authorizer {
    let superUsers: Set<String>
    let allowsWithoutRules: Bool
    private(set) var rules: Set<AccessRule> = []
    private var literal: [Resource: [AccessRule]] = [:]
    private var prefixed: [Resource: [AccessRule]] = [:]
    /// How many rules have prefixes of how many bytes.
    private var prefixLengths: [ResourceKind: [Int: Int]] = [:]

    /// As in Kafka's `super.users`, each is `User:name`.
    init(superUsers: Set<String> = [], allowsWithoutRules: Bool = false, rules: some Sequence<AccessRule> = []) {
        self.superUsers = superUsers
        self.allowsWithoutRules = allowsWithoutRules
        for rule in rules { add(rule) }
    }

    /// False where it was there already.
    @discardableResult
    mutating func add(_ rule: AccessRule) -> Bool {
        guard rules.insert(rule).inserted else { return false }
        let place = Resource(kind: rule.kind, name: rule.name)
        switch rule.pattern {
        case .literal: literal[place, default: []].append(rule)
        case .prefixed:
            prefixed[place, default: []].append(rule)
            prefixLengths[rule.kind, default: [:]][rule.name.utf8.count, default: 0] += 1
        }
        return true
    }

    mutating func remove(_ rule: AccessRule) {
        guard rules.remove(rule) != nil else { return }
        let place = Resource(kind: rule.kind, name: rule.name)
        switch rule.pattern {
        case .literal: Authorizer.take(rule, from: &literal[place])
        case .prefixed:
            Authorizer.take(rule, from: &prefixed[place])
            let length = rule.name.utf8.count
            let left = (prefixLengths[rule.kind]?[length] ?? 1) - 1
            prefixLengths[rule.kind]?[length] = left == 0 ? nil : left
        }
    }

    private static func take(_ rule: AccessRule, from list: inout [AccessRule]?) {
        list?.removeAll { $0 == rule }
        if list?.isEmpty == true { list = nil }
    }

    func allows(_ operation: AccessOperation, on resource: Resource, by client: Client) -> Bool {
        if superUsers.contains(client.principal) { return true }
        var isRuled = false
        var isAllowed = false
        for rules in rules(about: resource) {
            isRuled = true
            for rule in rules where rule.speaks(of: operation, by: client) {
                guard rule.permission == .allow else { return false }
                isAllowed = true
            }
        }
        return isAllowed || (!isRuled && allowsWithoutRules)
    }

    /// The rules whose names stand for this one.
    private func rules(about resource: Resource) -> [[AccessRule]] {
        var found: [[AccessRule]] = []
        if let exact = literal[resource] { found.append(exact) }
        if resource.name != AccessRule.wildcard,
            let general = literal[Resource(kind: resource.kind, name: AccessRule.wildcard)]
        {
            found.append(general)
        }
        for prefix in prefixes(of: resource) {
            if let rules = prefixed[prefix] { found.append(rules) }
        }
        return found
    }

    private func prefixes(of resource: Resource) -> [Resource] {
        guard let lengths = prefixLengths[resource.kind], !lengths.isEmpty else { return [] }
        let bytes = resource.name.utf8
        return lengths.keys.compactMap { length in
            // A cut within a character is no prefix that anybody can write.
            guard length <= bytes.count, let prefix = String(bytes.prefix(length)) else { return nil }
            return Resource(kind: resource.kind, name: prefix)
        }
    }

    /// Whether there may be some resource of a kind on which the client may do this: some rule allows it, and no other
    /// takes back all that it allows.
    func allowsSome(_ operation: AccessOperation, of kind: ResourceKind, by client: Client) -> Bool {
        // Kafka asks for a name that stands for any other: with it super users, rules for all names, and what is
        // allowed without rules are settled.
        if allows(operation, on: Resource(kind: kind, name: "hardcode"), by: client) { return true }
        let speaking = rules.filter {
            $0.kind == kind && $0.isAbout(client) && ($0.operation == operation || $0.operation == .all)
        }
        let denied = speaking.filter { $0.permission == .deny }
        guard !denied.contains(where: \.isForAllNames) else { return false }
        return speaking.contains { rule in
            guard rule.permission == .allow else { return false }
            if rule.isForAllNames { return true }
            return !denied.contains { $0.takesBack(rule) }
        }
    }
}

extension AccessRule {
    fileprivate var isForAllNames: Bool { pattern == .literal && name == AccessRule.wildcard }

    /// Whether this rule, which denies, leaves nothing of what the other allows.
    fileprivate func takesBack(_ other: AccessRule) -> Bool {
        switch pattern {
        case .literal: other.pattern == .literal && other.name == name
        case .prefixed: other.name.utf8.starts(with: name.utf8)
        }
    }
}
