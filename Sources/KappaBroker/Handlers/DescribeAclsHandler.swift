import KappaCore
import KappaWire

enum DescribeAclsHandler: Handler {
    typealias Request = DescribeAclsRequest

    static func handle(
        _ request: DescribeAclsRequest, _ call: Call<DescribeAclsResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeAclsResponse> {
        do throws(AdminProblem) {
            let access = try AccessControl.required(.describe, call, core)
            let filter = AccessFilter(
                kind: request.resourceTypeFilter, name: request.resourceNameFilter,
                pattern: request.patternTypeFilter, principal: request.principalFilter, host: request.hostFilter,
                operation: request.operation, permission: request.permissionType)
            guard let filter else { throw .unknownInFilter }
            return .answer(DescribeAclsResponse { $0.resources = resources(access.rules.filter(filter.fits)) })
        } catch {
            return .answer(
                DescribeAclsResponse {
                    $0.errorCode = error.code
                    $0.errorMessage = error.words
                })
        }
    }

    private struct Pattern: Hashable {
        var kind: ResourceKind
        var name: String
        var pattern: PatternKind
    }

    /// The rules of one pattern stand together.
    private static func resources(_ rules: [AccessRule]) -> [DescribeAclsResponse.Resource] {
        var order: [Pattern] = []
        var byPattern: [Pattern: [AccessRule]] = [:]
        for rule in rules {
            let pattern = Pattern(kind: rule.kind, name: rule.name, pattern: rule.pattern)
            if byPattern[pattern] == nil { order.append(pattern) }
            byPattern[pattern, default: []].append(rule)
        }
        return order.map { pattern in
            .init { resource in
                resource.resourceType = pattern.kind.rawValue
                resource.resourceName = pattern.name
                resource.patternType = pattern.pattern.rawValue
                resource.acls = (byPattern[pattern] ?? []).map { rule in
                    .init {
                        $0.principal = rule.principal
                        $0.host = rule.host
                        $0.operation = rule.operation.rawValue
                        $0.permissionType = rule.permission.rawValue
                    }
                }
            }
        }
    }
}

extension AccessControl {
    /// The rules in force, where the client may look at them or change them.
    static func required<Response>(
        _ operation: AccessOperation, _ call: Call<Response>, _ core: BrokerCore
    ) throws(AdminProblem) -> AccessControl {
        guard call.may(operation, .cluster, core) else {
            throw AdminProblem(.clusterAuthorizationFailed, "Cluster authorization failed.")
        }
        guard let access = core.access else {
            // Kafka's words, and what to do here.
            throw AdminProblem(
                .securityDisabled,
                "No Authorizer is configured on the broker (start it with --super-users, and rules are enforced).")
        }
        return access
    }
}

extension AdminProblem {
    static var unknownInFilter: AdminProblem {
        AdminProblem(.invalidRequest, "The filter contains a kind, pattern, operation or permission that is not known.")
    }
}
