import Glibc
import KappaCore
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaBroker

/// Rules of access in force, as clients meet them.
@Suite struct AccessTests {
    private static let refusals: Set<ErrorCode> = [
        .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
        .transactionalIdAuthorizationFailed,
    ]

    /// Each request with none of the rights that it needs, with some, and with all.
    @Test(.timeLimit(.minutes(5))) func everyRequestNeedsItsRights() throws {
        let scene = try AccessScene()
        _ = try scene.root.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        let commit = RequiredRights.groups[0]
        #expect(try commit.ask(scene.root) == .noError, "so that the group is there")
        for required in RequiredRights.all {
            for place in required.rights.indices {
                try scene.setRules(required.rights[..<place].map { AccessScene.rule($0.rule) })
                #expect(try required.ask(scene.ann) == required.rights[place].refusal, "\(required) at \(place)")
                try scene.setRules(
                    required.rights.indices.filter { $0 != place }.map { AccessScene.rule(required.rights[$0].rule) })
                let answer = try required.ask(scene.ann)
                #expect(AccessTests.refusals.contains(answer), "\(required) but \(place): \(answer)")
            }
            try scene.setRules(required.rights.map { AccessScene.rule($0.rule) })
            let answer = try required.ask(scene.ann)
            #expect(!AccessTests.refusals.contains(answer), "\(required): \(answer)\n\(scene.served.words)")
        }
    }

    /// A new request is in the table from the day that it is served.
    @Test func everyRequestIsInTheTable() {
        let known = Set(RequiredRights.all.map(\.api)).union(RequiredRights.open)
        #expect(known == Set(ApiKey.allCases))
    }

    @Test func clientsSeeOnlyWhatTheyMay() throws {
        let scene = try AccessScene()
        let names = ["seen", "hidden"]
        for name in names {
            _ = try scene.root.ask(MetadataRequest { $0.topics = [.init { $0.name = name }] }, version: 9)
            let commit = OffsetCommitRequest { request in
                request.groupId = name
                request.topics = names.map { topic in
                    .init {
                        $0.name = topic
                        $0.partitions = [.init()]
                    }
                }
            }
            _ = try scene.root.ask(commit, version: 8)
            let transaction = InitProducerIdRequest {
                $0.transactionalId = name
                $0.transactionTimeoutMs = 10_000
            }
            #expect(try scene.root.ask(transaction, version: 4).errorCode == .noError)
        }
        try scene.setRules(
            ["READ TOPIC seen", "READ GROUP seen", "WRITE TRANSACTIONAL_ID seen"].map { AccessScene.rule($0) })
        let ann = scene.ann
        let all = try ann.ask(MetadataRequest { $0.topics = nil }, version: 12)
        #expect(all.topics.map(\.name) == ["seen"])
        #expect(try ann.ask(DescribeTopicPartitionsRequest(), version: 0).topics.map(\.name) == ["seen"])
        #expect(try ann.ask(ListGroupsRequest(), version: 5).groups.map(\.groupId) == ["seen"])
        #expect(try ann.ask(ListTransactionsRequest(), version: 1).transactionStates.map(\.transactionalId) == ["seen"])
        let offsets = OffsetFetchRequest {
            $0.groupId = "seen"
            $0.topics = nil
        }
        #expect(try ann.ask(offsets, version: 7).topics.map(\.name) == ["seen"])
        // By its id a topic is refused, and what the id stands for is not told.
        let whole = try scene.root.ask(MetadataRequest { $0.topics = nil }, version: 12)
        let hidden = try #require(whole.topics.first { $0.name == "hidden" })
        let byId = MetadataRequest {
            $0.topics = [
                .init {
                    $0.name = nil
                    $0.topicId = hidden.topicId
                }
            ]
        }
        let answer = try ann.ask(byId, version: 12).topics[0]
        #expect(answer.errorCode == .topicAuthorizationFailed && answer.name == nil && answer.partitions.isEmpty)
        try scene.setRules([AccessScene.rule("DESCRIBE CLUSTER kafka-cluster")])
        #expect(try ann.ask(ListGroupsRequest(), version: 5).groups.map(\.groupId) == ["hidden", "seen"])
    }

    /// One bit for each operation, where they are asked for.
    @Test func authorizedOperationsAreTold() throws {
        let scene = try AccessScene()
        _ = try scene.root.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        try scene.setRules(["READ TOPIC t", "DELETE GROUP g"].map { AccessScene.rule($0) })
        func bits(_ operations: AccessOperation...) -> Int32 { operations.reduce(0) { $0 | 1 << Int32($1.rawValue) } }
        var request = MetadataRequest { $0.topics = [.init { $0.name = "t" }] }
        #expect(try scene.ann.ask(request, version: 9).topics[0].topicAuthorizedOperations == .min, "not asked for")
        request.includeTopicAuthorizedOperations = true
        request.includeClusterAuthorizedOperations = true
        let ann = try scene.ann.ask(request, version: 9)
        #expect(ann.topics[0].topicAuthorizedOperations == bits(.read, .describe))
        #expect(ann.clusterAuthorizedOperations == 0)
        let root = try scene.root.ask(request, version: 9)
        #expect(
            root.topics[0].topicAuthorizedOperations
                == bits(.read, .write, .create, .delete, .alter, .describe, .describeConfigs, .alterConfigs))
        #expect(
            root.clusterAuthorizedOperations
                == bits(
                    .create, .alter, .describe, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite))
        let groups = DescribeGroupsRequest {
            $0.groups = ["g"]
            $0.includeAuthorizedOperations = true
        }
        #expect(
            try scene.ann.ask(groups, version: 5).groups[0].authorizedOperations == bits(.delete, .describe))
        let cluster = DescribeClusterRequest { $0.includeClusterAuthorizedOperations = true }
        #expect(try scene.ann.ask(cluster, version: 0).clusterAuthorizedOperations == 0)
    }

    /// A pattern of the new groups finds only what its member may know of.
    @Test func patternOfAGroupFindsOnlyWhatIsSeen() throws {
        let scene = try AccessScene()
        for name in ["site-1", "site-2"] {
            _ = try scene.root.ask(MetadataRequest { $0.topics = [.init { $0.name = name }] }, version: 9)
        }
        try scene.setRules(["READ GROUP g", "READ TOPIC site-1"].map { AccessScene.rule($0) })
        let whole = try scene.root.ask(MetadataRequest { $0.topics = nil }, version: 12)
        let seen = try #require(whole.topics.first { $0.name == "site-1" }).topicId
        let beat = ConsumerGroupHeartbeatRequest {
            $0.groupId = "g"
            $0.memberId = "m"
            $0.rebalanceTimeoutMs = 1000
            $0.subscribedTopicRegex = "site-.*"
            $0.topicPartitions = []
        }
        let answer = try scene.ann.ask(beat, version: 1)
        #expect(answer.errorCode == .noError)
        #expect(answer.assignment?.topicPartitions.map(\.topicId) == [seen])
    }

    @Test func refusalIsToldToTheOperatorOnce() throws {
        let scene = try AccessScene()
        _ = try scene.root.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        for _ in 0..<50 { _ = try scene.ann.fetch("t", from: 0, maxWait: 0) }
        let words = "User:ann on 127.0.0.1 may not READ TOPIC 't'"
        #expect(scene.served.words.components(of: words) == 1, "\(scene.served.words)")
    }

    /// A logger's account may only write to one topic, and a dashboard's only read it.
    @Test(
        .enabled(if: Clients.python != nil, "no Python with Kafka clients: run `make deps`"),
        .timeLimit(.minutes(10)), arguments: ["rules", "credentials"])
    func clientsOfOthersMeetTheRules(scenario: String) async throws {
        let scene = try AccessScene()
        let script = "\(Kappa.packageRoot)/Tests/KappaBrokerTests/Clients/access_client.py"
        let child = try ChildProcess(
            [Clients.python!, script, scene.served.broker.address.description, scenario],
            environment: ["PATH": "/usr/bin:/bin"], directory: scene.served.folder.path)
        let result = try await child.finish(timeout: .seconds(400))
        #expect(
            result.status == 0 && result.output.contains("ok \(scenario)"),
            "\(result.output)\n\(result.errors)\nbroker: \(scene.served.words)")
    }

    // MARK: The rules themselves

    private static let all = DescribeAclsRequest {
        ($0.resourceTypeFilter, $0.patternTypeFilter, $0.operation, $0.permissionType) = (1, 1, 1, 1)
    }

    @Test func rulesOutliveTheBrokerAndStayInForceWithoutTheOption() throws {
        let scene = try AccessScene()
        try scene.setRules(["READ TOPIC t", "WRITE TOPIC t"].map { AccessScene.rule($0) })
        try scene.served.broker.stop()
        var configuration = scene.served.broker.configuration
        configuration.listen.port = 0
        configuration.superUsers = nil
        let again = try Broker(configuration)
        try again.start()
        defer { try? again.stop() }
        #expect(scene.served.words.contains("2 rules of access, in force without super users"))
        let ann = try RawClient(port: again.port)
        try ann.signIn("ann", "secret")
        #expect(
            try ann.ask(MetadataRequest { $0.topics = [.init { $0.name = "u" }] }, version: 9).topics[0].errorCode
                == .topicAuthorizationFailed)
        let root = try RawClient(port: again.port)
        try root.signIn("root", "secret")
        #expect(try root.ask(AccessTests.all, version: 3).errorCode == .clusterAuthorizationFailed)
    }

    @Test func brokerWithoutRulesSaysSo() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        let described = try client.ask(AccessTests.all, version: 3)
        #expect(described.errorCode == .securityDisabled && described.errorMessage?.contains("--super-users") == true)
        let created = try client.ask(
            CreateAclsRequest { $0.creations = [AccessScene.rule("READ TOPIC t")] }, version: 3)
        #expect(created.results.map(\.errorCode) == [.securityDisabled])
        let deleted = try client.ask(DeleteAclsRequest { $0.filters = [.init()] }, version: 3)
        #expect(deleted.filterResults.map(\.errorCode) == [.securityDisabled])
    }

    @Test func wrongRulesAreRefusedAndTheRightOnesKept() throws {
        let scene = try AccessScene()
        let right = AccessScene.rule("READ TOPIC t")
        func wrong(_ change: (inout CreateAclsRequest.Creation) -> Void) -> CreateAclsRequest.Creation {
            var creation = right
            change(&creation)
            return creation
        }
        let creations = [
            right, wrong { $0.resourceName = "" }, wrong { $0.resourceType = 1 }, wrong { $0.resourceType = 99 },
            wrong { $0.resourcePatternType = 2 }, wrong { $0.operation = 1 }, wrong { $0.operation = -1 },
            wrong { $0.permissionType = 1 }, wrong { $0.principal = "ann" }, wrong { $0.principal = "User:" },
            wrong { $0.host = "" }, wrong { ($0.resourceType, $0.resourceName) = (4, "other") }, right,
        ]
        let answer = try scene.root.ask(CreateAclsRequest { $0.creations = creations }, version: 3)
        let expected = creations.indices.map { [0, 12].contains($0) ? ErrorCode.noError : .invalidRequest }
        #expect(answer.results.map(\.errorCode) == expected)
        let kept = try scene.root.ask(AccessTests.all, version: 3).resources
        #expect(kept.map(\.resourceName) == ["t"] && kept[0].acls.count == 1)
        var unknown = AccessTests.all
        unknown.operation = 77
        #expect(try scene.root.ask(unknown, version: 3).errorCode == .invalidRequest)
    }

    /// A rule that is left out could be the one that denies.
    @Test func rulesThatCannotBeReadRefuseTheStart() throws {
        let scene = try AccessScene()
        try scene.setRules([AccessScene.rule("READ TOPIC t")])
        try scene.served.broker.stop()
        let path = "\(scene.served.folder.path)/broker/acls"
        let descriptor = open(path, O_WRONLY | O_APPEND)
        #expect(write(descriptor, "DENY REED TOPIC\n", 16) == 16)
        close(descriptor)
        var configuration = scene.served.broker.configuration
        configuration.listen.port = 0
        let error = #expect(throws: BrokerError.self) { try Broker(configuration) }
        #expect(
            error?.message.contains("acls does not fit its checksum") == true
                || error?.message.contains("acls has no checksum") == true, "\(String(describing: error))")
    }
}

extension String {
    fileprivate func components(of words: String) -> Int { ranges(of: words).count }
}
