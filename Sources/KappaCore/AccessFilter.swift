/// Which rules a request to list or to delete them means. Nil, in each place, means any.
package struct AccessFilter: Sendable {
    package enum Pattern: Sendable {
        case any
        /// Every rule that is about the name, whether it is written there, begins it, or stands for all.
        case match
        case only(PatternKind)
    }

    package var kind: ResourceKind?
    package var name: String?
    package var pattern = Pattern.any
    package var principal: String?
    package var host: String?
    package var operation: AccessOperation?
    package var permission: Permission?

    private static let any: Int8 = 1
    private static let match: Int8 = 2

    /// All rules.
    package init() {}

    /// From the protocol's numbers; nil where one of them is not known.
    package init?(
        kind: Int8, name: String?, pattern: Int8, principal: String?, host: String?, operation: Int8, permission: Int8
    ) {
        switch pattern {
        case AccessFilter.any: self.pattern = .any
        case AccessFilter.match: self.pattern = .match
        default:
            guard let only = PatternKind(rawValue: pattern) else { return nil }
            self.pattern = .only(only)
        }
        if kind != AccessFilter.any {
            guard let known = ResourceKind(rawValue: kind) else { return nil }
            self.kind = known
        }
        if operation != AccessFilter.any {
            guard let known = AccessOperation(rawValue: operation) else { return nil }
            self.operation = known
        }
        if permission != AccessFilter.any {
            guard let known = Permission(rawValue: permission) else { return nil }
            self.permission = known
        }
        (self.name, self.principal, self.host) = (name, principal, host)
    }

    /// The protocol's numbers for the kinds of things.
    package var numbers: (kind: Int8, pattern: Int8, operation: Int8, permission: Int8) {
        let pattern =
            switch pattern {
            case .any: AccessFilter.any
            case .match: AccessFilter.match
            case .only(let only): only.rawValue
            }
        return (
            kind?.rawValue ?? AccessFilter.any, pattern, operation?.rawValue ?? AccessFilter.any,
            permission?.rawValue ?? AccessFilter.any
        )
    }

    package func fits(_ rule: AccessRule) -> Bool {
        (kind == nil || kind == rule.kind) && fitsPattern(rule)
            && (principal == nil || principal == rule.principal) && (host == nil || host == rule.host)
            && (operation == nil || operation == rule.operation)
            && (permission == nil || permission == rule.permission)
    }

    private func fitsPattern(_ rule: AccessRule) -> Bool {
        if case .only(let only) = pattern, only != rule.pattern { return false }
        guard let name else { return true }
        guard case .match = pattern else { return name == rule.name }
        return switch rule.pattern {
        case .literal: rule.name == name || rule.name == AccessRule.wildcard
        case .prefixed: name.utf8.starts(with: rule.name.utf8)
        }
    }
}
