/// What a rule of access, or a request, is about; by the protocol's numbers.
package enum ResourceKind: Int8, CaseIterable, Sendable {
    case topic = 2
    case group = 3
    case cluster = 4
    case transactionalId = 5
    case delegationToken = 6
    case user = 7

    /// As Kafka's tools write it: `TOPIC`, `TRANSACTIONAL_ID`.
    package var word: String { capitals("\(self)") }
}

/// How a rule's name stands for the names of resources: `*` as a literal name stands for all of them.
package enum PatternKind: Int8, CaseIterable, Sendable {
    case literal = 3
    case prefixed = 4

    package var word: String { capitals("\(self)") }
}

package enum AccessOperation: Int8, CaseIterable, Sendable {
    case all = 2
    case read = 3
    case write = 4
    case create = 5
    case delete = 6
    case alter = 7
    case describe = 8
    case clusterAction = 9
    case describeConfigs = 10
    case alterConfigs = 11
    case idempotentWrite = 12
    case createTokens = 13
    case describeTokens = 14
    case twoPhaseCommit = 15

    package var word: String { capitals("\(self)") }
}

package enum Permission: Int8, CaseIterable, Sendable {
    case deny = 2
    case allow = 3

    package var word: String { capitals("\(self)") }
}

private func capitals(_ word: String) -> String {
    word.reduce(into: "") { name, letter in
        if letter.isUppercase { name.append("_") }
        name.append(contentsOf: letter.uppercased())
    }
}

/// One rule of access: who may, or may not, do what with which resources, and from where. Kafka calls it an ACL.
package struct AccessRule: Hashable, Sendable, CustomStringConvertible {
    /// Stands for all names and all hosts.
    package static let wildcard = "*"
    package static let everybody = "User:*"
    /// The one name that the cluster has as a resource.
    package static let clusterName = "kafka-cluster"

    package var kind: ResourceKind
    package var name: String
    package var pattern: PatternKind
    /// `User:` and a name.
    package var principal: String
    package var host: String
    package var operation: AccessOperation
    package var permission: Permission

    package init(
        kind: ResourceKind, name: String, pattern: PatternKind, principal: String, host: String,
        operation: AccessOperation, permission: Permission
    ) {
        (self.kind, self.name, self.pattern) = (kind, name, pattern)
        (self.principal, self.host) = (principal, host)
        (self.operation, self.permission) = (operation, permission)
    }

    /// For people: `User:ann may WRITE TOPIC 'monitoring'`.
    package var description: String {
        let names = pattern == .prefixed ? "'\(name)…'" : "'\(name)'"
        let place = host == AccessRule.wildcard ? "" : " from \(host)"
        let may = permission == .allow ? "may" : "may not"
        return "\(principal) \(may) \(operation.word) \(kind.word) \(names)\(place)"
    }
}

extension AccessOperation {
    /// What can be done with a kind of resource, as Kafka has it.
    package static func known(for kind: ResourceKind) -> [AccessOperation] {
        switch kind {
        case .topic: [.read, .write, .create, .delete, .alter, .describe, .describeConfigs, .alterConfigs]
        case .group: [.read, .delete, .describe, .describeConfigs, .alterConfigs]
        case .cluster:
            [.create, .alter, .describe, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite]
        case .transactionalId: [.write, .describe, .twoPhaseCommit]
        case .delegationToken: [.describe]
        case .user: [.createTokens, .describeTokens]
        }
    }
}
