import KappaCore
import KappaWire

/// Adds rules. Each is right or wrong alone, and all that are right are written down together.
enum CreateAclsHandler: Handler {
    typealias Request = CreateAclsRequest

    static func handle(
        _ request: CreateAclsRequest, _ call: Call<CreateAclsResponse>, _ core: BrokerCore
    ) -> Outcome<CreateAclsResponse> {
        var response = CreateAclsResponse()
        do throws(AdminProblem) {
            let access = try AccessControl.required(.alter, call, core)
            var right: [AccessRule] = []
            response.results = request.creations.map { creation in
                do throws(AdminProblem) {
                    right.append(try AccessRule(creation))
                    return .init()
                } catch {
                    return refusal(error)
                }
            }
            try access.keep(adding: right, call.client, core)
        } catch {
            response.results = request.creations.map { _ in refusal(error) }
        }
        return .answer(response)
    }

    private static func refusal(_ problem: AdminProblem) -> CreateAclsResponse.Result {
        .init {
            $0.errorCode = problem.code
            $0.errorMessage = problem.words
        }
    }
}

extension AccessControl {
    fileprivate func keep(adding rules: [AccessRule], _ client: Client, _ core: BrokerCore) throws(AdminProblem) {
        do throws(BrokerError) { try add(rules) } catch {
            core.complain("rules of access could not be kept: \(error)")
            throw AdminProblem(.kafkaStorageError, "\(error)")
        }
        for rule in rules { core.configuration.log("\(client.principal) added the rule \(rule.line)") }
    }
}

extension AccessRule {
    /// Checks what came, by Kafka's rules and in its words.
    fileprivate init(_ creation: CreateAclsRequest.Creation) throws(AdminProblem) {
        func refuse(_ words: String) -> AdminProblem { AdminProblem(.invalidRequest, words) }
        guard let kind = ResourceKind(rawValue: creation.resourceType) else {
            throw refuse("Invalid resourceType \(creation.resourceType)")
        }
        guard let pattern = PatternKind(rawValue: creation.resourcePatternType) else {
            throw refuse("Invalid patternType \(creation.resourcePatternType)")
        }
        guard let operation = AccessOperation(rawValue: creation.operation) else {
            throw refuse("Invalid operation \(creation.operation)")
        }
        guard let permission = Permission(rawValue: creation.permissionType) else {
            throw refuse("Invalid permissionType \(creation.permissionType)")
        }
        guard !creation.resourceName.isEmpty else { throw refuse("Resource name should not be empty") }
        guard kind != .cluster || creation.resourceName == AccessRule.clusterName else {
            throw refuse("The only valid name for the CLUSTER resource is \(AccessRule.clusterName)")
        }
        let parts = creation.principal.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw refuse(
                "expected a string in format principalType:principalName but got \(creation.principal)")
        }
        guard !creation.host.isEmpty else { throw refuse("The host should not be empty; * stands for all") }
        self.init(
            kind: kind, name: creation.resourceName, pattern: pattern, principal: creation.principal,
            host: creation.host, operation: operation, permission: permission)
    }
}
