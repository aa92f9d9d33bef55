package import KappaCore
import KappaDirect
package import KappaNetwork
import KappaWire

/// A user as the cluster knows it: with what it can sign in.
package struct UserListing: Sendable {
    package var name: String
    package var mechanisms: [(mechanism: ScramMechanism, iterations: Int)]
}

/// Users and what they may do, asked and told over the plain path.
extension KafkaClient {
    /// The rules that fit a filter.
    package func accessRules(_ filter: AccessFilter) throws(KafkaError) -> [AccessRule] {
        let numbers = filter.numbers
        let request = DescribeAclsRequest {
            ($0.resourceTypeFilter, $0.patternTypeFilter) = (numbers.kind, numbers.pattern)
            ($0.operation, $0.permissionType) = (numbers.operation, numbers.permission)
            ($0.resourceNameFilter, $0.principalFilter, $0.hostFilter) = (filter.name, filter.principal, filter.host)
        }
        let answer = try asking { questions throws(ConnectionFailure) in try questions.rules(request) }
        if let error = KafkaError(answer.errorCode, "the rules of access", words: answer.errorMessage) { throw error }
        var rules: [AccessRule] = []
        for resource in answer.resources {
            for acl in resource.acls {
                rules.append(
                    try AccessRule(
                        resource.resourceType, resource.resourceName, resource.patternType, acl.principal, acl.host,
                        acl.operation, acl.permissionType))
            }
        }
        return rules
    }

    /// What became of each, in their order.
    package func addAccessRules(_ rules: [AccessRule]) throws(KafkaError) -> [KafkaError?] {
        let request = CreateAclsRequest { request in
            request.creations = rules.map { rule in
                .init {
                    $0.resourceType = rule.kind.rawValue
                    $0.resourceName = rule.name
                    $0.resourcePatternType = rule.pattern.rawValue
                    $0.principal = rule.principal
                    $0.host = rule.host
                    $0.operation = rule.operation.rawValue
                    $0.permissionType = rule.permission.rawValue
                }
            }
        }
        let answer = try asking { questions throws(ConnectionFailure) in try questions.add(request) }
        guard answer.results.count == rules.count else {
            throw KafkaError(
                code: -1, message: "the broker answered for \(answer.results.count) of \(rules.count) rules")
        }
        return zip(rules, answer.results).map { KafkaError($1.errorCode, "\($0)", words: $1.errorMessage) }
    }

    /// Those that were taken away.
    package func removeAccessRules(_ filters: [AccessFilter]) throws(KafkaError) -> [AccessRule] {
        let request = DeleteAclsRequest { request in
            request.filters = filters.map { filter in
                .init {
                    let numbers = filter.numbers
                    ($0.resourceTypeFilter, $0.patternTypeFilter) = (numbers.kind, numbers.pattern)
                    ($0.operation, $0.permissionType) = (numbers.operation, numbers.permission)
                    $0.resourceNameFilter = filter.name
                    ($0.principalFilter, $0.hostFilter) = (filter.principal, filter.host)
                }
            }
        }
        let answer = try asking { questions throws(ConnectionFailure) in try questions.remove(request) }
        var removed: [AccessRule] = []
        for result in answer.filterResults {
            if let error = KafkaError(result.errorCode, "the rules of access", words: result.errorMessage) {
                throw error
            }
            for acl in result.matchingAcls {
                let rule = try AccessRule(
                    acl.resourceType, acl.resourceName, acl.patternType, acl.principal, acl.host, acl.operation,
                    acl.permissionType)
                if let error = KafkaError(acl.errorCode, "\(rule)", words: acl.errorMessage) { throw error }
                removed.append(rule)
            }
        }
        return removed
    }

    package func users() throws(KafkaError) -> [UserListing] {
        let answer = try asking { questions throws(ConnectionFailure) in try questions.users() }
        if let error = KafkaError(answer.errorCode, "the users", words: answer.errorMessage) { throw error }
        return answer.results.map { result in
            UserListing(
                name: result.user,
                mechanisms: result.credentialInfos.compactMap { info in
                    ScramMechanism(rawValue: info.mechanism).map { ($0, Int(info.iterations)) }
                })
        }
    }

    /// Sets what a user signs in with. The password itself does not leave this process.
    package func setPassword(
        of user: String, to password: String, _ mechanism: ScramMechanism, iterations: Int
    ) throws(KafkaError) {
        let salt = Digest.random(24)
        let request = AlterUserScramCredentialsRequest { request in
            request.upsertions = [
                .init {
                    $0.name = user
                    $0.mechanism = mechanism.rawValue
                    $0.iterations = Int32(iterations)
                    $0.salt = salt
                    $0.saltedPassword = mechanism.hash.salted(
                        Array(password.utf8), salt: salt, iterations: iterations)
                }
            ]
        }
        try change(request, user)
    }

    package func removeCredential(of user: String, _ mechanism: ScramMechanism) throws(KafkaError) {
        let request = AlterUserScramCredentialsRequest { request in
            request.deletions = [
                .init {
                    $0.name = user
                    $0.mechanism = mechanism.rawValue
                }
            ]
        }
        try change(request, user)
    }

    private func change(_ request: AlterUserScramCredentialsRequest, _ user: String) throws(KafkaError) {
        let answer = try asking { questions throws(ConnectionFailure) in try questions.change(request) }
        guard let result = answer.results.first(where: { $0.user == user }) else {
            throw KafkaError(code: -1, message: "the broker did not answer for the user '\(user)'")
        }
        if let error = KafkaError(result.errorCode, "user '\(user)'", words: result.errorMessage) { throw error }
    }
}

extension KafkaError {
    /// Nil where all is well; with the broker's own words where it has some.
    fileprivate init?(_ code: ErrorCode, _ what: String, words: String?) {
        guard code != .noError else { return nil }
        self.init(code, what)
        if let words, !words.isEmpty { message = "\(what): \(words) (\(code.name))" }
    }
}

extension AccessRule {
    /// From the protocol's numbers. A rule that is not understood is not left out of a list: it may deny.
    fileprivate init(
        _ kind: Int8, _ name: String, _ pattern: Int8, _ principal: String, _ host: String, _ operation: Int8,
        _ permission: Int8
    ) throws(KafkaError) {
        guard let known = ResourceKind(rawValue: kind), let form = PatternKind(rawValue: pattern),
            let wanted = AccessOperation(rawValue: operation), let answer = Permission(rawValue: permission)
        else {
            throw KafkaError(
                code: -1,
                message: "the cluster has a rule for \(principal) of a form that is not known here: "
                    + "kind \(kind), pattern \(pattern), operation \(operation), permission \(permission)")
        }
        self.init(
            kind: known, name: name, pattern: form, principal: principal, host: host, operation: wanted,
            permission: answer)
    }
}
