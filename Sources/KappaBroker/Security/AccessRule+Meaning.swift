import KappaCore

/// Something that a request is about.
struct Resource: Hashable {
    var kind: ResourceKind
    var name: String

    static let cluster = Resource(kind: .cluster, name: AccessRule.clusterName)
    static func topic(_ name: String) -> Resource { Resource(kind: .topic, name: name) }
    static func group(_ name: String) -> Resource { Resource(kind: .group, name: name) }
    static func transactionalId(_ name: String) -> Resource { Resource(kind: .transactionalId, name: name) }
}

extension AccessRule {
    /// Whether the rule says something about this operation of this client. Whether it is about the resource is not
    /// asked here.
    func speaks(of wanted: AccessOperation, by client: Client) -> Bool {
        isAbout(client) && covers(wanted)
    }

    func isAbout(_ client: Client) -> Bool {
        (principal == AccessRule.everybody || principal == client.principal)
            && (host == AccessRule.wildcard || host == client.host)
    }

    private func covers(_ wanted: AccessOperation) -> Bool {
        if operation == .all || operation == wanted { return true }
        guard permission == .allow else { return false }
        return switch wanted {
        case .describe: AccessOperation.implyingDescribe.contains(operation)
        case .describeConfigs: AccessOperation.implyingDescribeConfigs.contains(operation)
        default: false
        }
    }
}

/// Whom a request comes from, as rules know clients.
struct Client: Hashable {
    /// `User:` and the name that it has proved; `User:ANONYMOUS` where nobody has to prove anything.
    var principal: String
    var host: String

    static let anonymous = "User:ANONYMOUS"
}

extension AccessOperation {
    /// Whoever may do these may also describe. That is so for what is allowed only: who may not read may still look.
    fileprivate static let implyingDescribe: Set<AccessOperation> = [.describe, .read, .write, .delete, .alter]
    fileprivate static let implyingDescribeConfigs: Set<AccessOperation> = [.describeConfigs, .alterConfigs]
}
