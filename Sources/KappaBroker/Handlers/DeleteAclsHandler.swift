import KappaCore
import KappaWire

/// Takes away what fits any of the filters, all of it together.
enum DeleteAclsHandler: Handler {
    typealias Request = DeleteAclsRequest

    static func handle(
        _ request: DeleteAclsRequest, _ call: Call<DeleteAclsResponse>, _ core: BrokerCore
    ) -> Outcome<DeleteAclsResponse> {
        var response = DeleteAclsResponse()
        do throws(AdminProblem) {
            let access = try AccessControl.required(.alter, call, core)
            let rules = access.rules
            var doomed: Set<AccessRule> = []
            response.filterResults = request.filters.map { filter in
                guard let filter = AccessFilter(filter) else { return refusal(.unknownInFilter) }
                let found = rules.filter(filter.fits)
                doomed.formUnion(found)
                return .init { $0.matchingAcls = found.map(describe) }
            }
            do throws(BrokerError) { try access.remove(doomed) } catch {
                core.complain("rules of access could not be taken away: \(error)")
                throw AdminProblem(.kafkaStorageError, "\(error)")
            }
            for rule in doomed {
                core.configuration.log("\(call.client.principal) took away the rule \(rule.line)")
            }
        } catch {
            response.filterResults = request.filters.map { _ in refusal(error) }
        }
        return .answer(response)
    }

    private static func refusal(_ problem: AdminProblem) -> DeleteAclsResponse.FilterResult {
        .init {
            $0.errorCode = problem.code
            $0.errorMessage = problem.words
        }
    }

    private static func describe(_ rule: AccessRule) -> DeleteAclsResponse.Acl {
        .init {
            $0.resourceType = rule.kind.rawValue
            $0.resourceName = rule.name
            $0.patternType = rule.pattern.rawValue
            $0.principal = rule.principal
            $0.host = rule.host
            $0.operation = rule.operation.rawValue
            $0.permissionType = rule.permission.rawValue
        }
    }
}

extension AccessFilter {
    fileprivate init?(_ filter: DeleteAclsRequest.Filter) {
        self.init(
            kind: filter.resourceTypeFilter, name: filter.resourceNameFilter, pattern: filter.patternTypeFilter,
            principal: filter.principalFilter, host: filter.hostFilter, operation: filter.operation,
            permission: filter.permissionType)
    }
}
