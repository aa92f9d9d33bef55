import KappaWire
import Testing

/// What each request needs, by Kafka's documentation ("Protocols and the operations they need"), and how to ask for it.
struct RequiredRights: CustomTestStringConvertible {
    var api: ApiKey
    /// `OPERATION KIND name`, and what is answered where it is missing and all that stand before it are there.
    var rights: [(rule: String, refusal: ErrorCode)]
    var ask: @Sendable (RawClient) throws -> ErrorCode

    var testDescription: String { "\(api.name) \(rights.map(\.rule))" }

    init(
        _ api: ApiKey, _ rights: [(String, ErrorCode)], _ ask: @escaping @Sendable (RawClient) throws -> ErrorCode
    ) {
        self.api = api
        self.rights = rights.map { (rule: $0.0, refusal: $0.1) }
        self.ask = ask
    }

    static let cluster = "CLUSTER kafka-cluster"

    /// These are open to all, or show each client what it may see.
    static let open: Set<ApiKey> = [
        .apiVersions, .saslHandshake, .saslAuthenticate, .describeCluster, .listGroups, .listTransactions,
    ]

    static let all = topics + groups + transactions + administration

    static let topics = [
        RequiredRights(.produce, [("WRITE TOPIC t", .topicAuthorizationFailed)]) {
            try $0.produceAndWait("t", Batches.plain(["a"])).errorCode
        },
        RequiredRights(.fetch, [("READ TOPIC t", .topicAuthorizationFailed)]) {
            try $0.fetch("t", from: 0, maxWait: 0).errorCode
        },
        RequiredRights(.listOffsets, [("DESCRIBE TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(
                ListOffsetsRequest {
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [.init { $0.timestamp = -1 }]
                        }
                    ]
                }, version: 7
            ).topics[0].partitions[0].errorCode
        },
        RequiredRights(.metadata, [("DESCRIBE TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9).topics[0].errorCode
        },
        RequiredRights(
            .metadata,
            [("DESCRIBE TOPIC fresh", .topicAuthorizationFailed), ("CREATE TOPIC fresh", .topicAuthorizationFailed)]
        ) { try $0.ask(MetadataRequest { $0.topics = [.init { $0.name = "fresh" }] }, version: 9).topics[0].errorCode },
        RequiredRights(.describeTopicPartitions, [("DESCRIBE TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(
                DescribeTopicPartitionsRequest {
                    $0.topics = [.init { $0.name = "t" }]
                    $0.responsePartitionLimit = 10
                }, version: 0
            ).topics[0].errorCode
        },
        RequiredRights(.createTopics, [("CREATE TOPIC new", .topicAuthorizationFailed)]) {
            try $0.ask(newTopic, version: 6).topics[0].errorCode
        },
        RequiredRights(.createTopics, [("CREATE \(cluster)", .topicAuthorizationFailed)]) {
            try $0.ask(newTopic, version: 6).topics[0].errorCode
        },
        RequiredRights(.deleteTopics, [("DELETE TOPIC nowhere", .topicAuthorizationFailed)]) {
            try $0.ask(DeleteTopicsRequest { $0.topicNames = ["nowhere"] }, version: 5).responses[0].errorCode
        },
        RequiredRights(.deleteRecords, [("DELETE TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(
                DeleteRecordsRequest {
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [.init()]
                        }
                    ]
                }, version: 2
            ).topics[0].partitions[0].errorCode
        },
        RequiredRights(.createPartitions, [("ALTER TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(
                CreatePartitionsRequest {
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.count = 1
                        }
                    ]
                }, version: 3
            ).results[0].errorCode
        },
        RequiredRights(.offsetForLeaderEpoch, [("DESCRIBE TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(
                OffsetForLeaderEpochRequest {
                    $0.topics = [
                        .init {
                            $0.topic = "t"
                            $0.partitions = [.init()]
                        }
                    ]
                }, version: 4
            ).topics[0].partitions[0].errorCode
        },
        RequiredRights(.describeProducers, [("READ TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(
                DescribeProducersRequest {
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitionIndexes = [0]
                        }
                    ]
                }, version: 0
            ).topics[0].partitions[0].errorCode
        },
    ]

    private static let newTopic = CreateTopicsRequest {
        $0.topics = [
            .init {
                $0.name = "new"
                $0.numPartitions = 1
                $0.replicationFactor = 1
            }
        ]
        $0.validateOnly = true
    }

    static let groups = [
        RequiredRights(
            .offsetCommit, [("READ GROUP g", .groupAuthorizationFailed), ("READ TOPIC t", .topicAuthorizationFailed)]
        ) {
            try $0.ask(
                OffsetCommitRequest {
                    $0.groupId = "g"
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [.init()]
                        }
                    ]
                }, version: 8
            ).topics[0].partitions[0].errorCode
        },
        RequiredRights(.offsetFetch, [("DESCRIBE GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(offsetFetch, version: 7).errorCode
        },
        RequiredRights(
            .offsetFetch,
            [("DESCRIBE GROUP g", .groupAuthorizationFailed), ("DESCRIBE TOPIC t", .topicAuthorizationFailed)]
        ) {
            let answer = try $0.ask(offsetFetch, version: 7)
            return answer.errorCode == .noError ? answer.topics[0].partitions[0].errorCode : answer.errorCode
        },
        RequiredRights(.findCoordinator, [("DESCRIBE GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(FindCoordinatorRequest { $0.key = "g" }, version: 3).errorCode
        },
        RequiredRights(.findCoordinator, [("DESCRIBE TRANSACTIONAL_ID x", .transactionalIdAuthorizationFailed)]) {
            try $0.ask(
                FindCoordinatorRequest {
                    $0.key = "x"
                    $0.keyType = 1
                }, version: 3
            ).errorCode
        },
        RequiredRights(.joinGroup, [("READ GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(
                JoinGroupRequest {
                    $0.groupId = "g"
                    $0.sessionTimeoutMs = 10_000
                    $0.protocolType = "consumer"
                    $0.protocols = [.init { $0.name = "range" }]
                }, version: 5
            ).errorCode
        },
        RequiredRights(.heartbeat, [("READ GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(HeartbeatRequest { $0.groupId = "g" }, version: 3).errorCode
        },
        RequiredRights(.leaveGroup, [("READ GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(LeaveGroupRequest { $0.groupId = "g" }, version: 4).errorCode
        },
        RequiredRights(.syncGroup, [("READ GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(SyncGroupRequest { $0.groupId = "g" }, version: 4).errorCode
        },
        RequiredRights(.describeGroups, [("DESCRIBE GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(DescribeGroupsRequest { $0.groups = ["g"] }, version: 5).groups[0].errorCode
        },
        RequiredRights(.deleteGroups, [("DELETE GROUP none", .groupAuthorizationFailed)]) {
            try $0.ask(DeleteGroupsRequest { $0.groupsNames = ["none"] }, version: 2).results[0].errorCode
        },
        RequiredRights(
            .offsetDelete, [("DELETE GROUP g", .groupAuthorizationFailed), ("READ TOPIC t", .topicAuthorizationFailed)]
        ) {
            let answer = try $0.ask(
                OffsetDeleteRequest {
                    $0.groupId = "g"
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [.init { $0.partitionIndex = 0 }]
                        }
                    ]
                }, version: 0)
            return answer.errorCode == .noError ? answer.topics[0].partitions[0].errorCode : answer.errorCode
        },
        RequiredRights(
            .consumerGroupHeartbeat,
            [("READ GROUP n", .groupAuthorizationFailed), ("DESCRIBE TOPIC t", .topicAuthorizationFailed)]
        ) {
            try $0.ask(
                ConsumerGroupHeartbeatRequest {
                    $0.groupId = "n"
                    $0.memberId = "m"
                    $0.rebalanceTimeoutMs = 1000
                    $0.subscribedTopicNames = ["t"]
                    $0.topicPartitions = []
                }, version: 1
            ).errorCode
        },
        RequiredRights(.consumerGroupDescribe, [("DESCRIBE GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(ConsumerGroupDescribeRequest { $0.groupIds = ["g"] }, version: 1).groups[0].errorCode
        },
    ]

    private static let offsetFetch = OffsetFetchRequest {
        $0.groupId = "g"
        $0.topics = [
            .init {
                $0.name = "t"
                $0.partitionIndexes = [0]
            }
        ]
    }

    private static let ofTransaction = ("WRITE TRANSACTIONAL_ID x", ErrorCode.transactionalIdAuthorizationFailed)

    static let transactions = [
        RequiredRights(.initProducerId, [("WRITE TOPIC any", .clusterAuthorizationFailed)]) {
            try $0.ask(InitProducerIdRequest(), version: 4).errorCode
        },
        RequiredRights(.initProducerId, [("IDEMPOTENT_WRITE \(cluster)", .clusterAuthorizationFailed)]) {
            try $0.ask(InitProducerIdRequest(), version: 4).errorCode
        },
        RequiredRights(.initProducerId, [ofTransaction]) {
            try $0.ask(
                InitProducerIdRequest {
                    $0.transactionalId = "x"
                    $0.transactionTimeoutMs = 10_000
                }, version: 4
            ).errorCode
        },
        RequiredRights(
            .produce,
            [
                ("WRITE TRANSACTIONAL_ID x", .transactionalIdAuthorizationFailed),
                ("WRITE TOPIC t", .topicAuthorizationFailed),
            ]
        ) {
            let batch = Batches.plain(["a"], producer: (0, 0, 0), transactional: true)
            return try $0.produceAndWait("t", batch, transactionalId: "x").errorCode
        },
        RequiredRights(.addPartitionsToTxn, [ofTransaction, ("WRITE TOPIC t", .topicAuthorizationFailed)]) {
            try $0.ask(
                AddPartitionsToTxnRequest {
                    $0.transactionalId = "x"
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [0]
                        }
                    ]
                }, version: 3
            ).resultsByTopic[0].resultsByPartition[0].partitionErrorCode
        },
        RequiredRights(.addOffsetsToTxn, [ofTransaction, ("READ GROUP g", .groupAuthorizationFailed)]) {
            try $0.ask(
                AddOffsetsToTxnRequest {
                    $0.transactionalId = "x"
                    $0.groupId = "g"
                }, version: 3
            ).errorCode
        },
        RequiredRights(.endTxn, [ofTransaction]) {
            try $0.ask(EndTxnRequest { $0.transactionalId = "x" }, version: 3).errorCode
        },
        RequiredRights(
            .txnOffsetCommit,
            [ofTransaction, ("READ GROUP g", .groupAuthorizationFailed), ("READ TOPIC t", .topicAuthorizationFailed)]
        ) {
            try $0.ask(
                TxnOffsetCommitRequest {
                    $0.transactionalId = "x"
                    $0.groupId = "g"
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [.init()]
                        }
                    ]
                }, version: 3
            ).topics[0].partitions[0].errorCode
        },
        RequiredRights(
            .describeTransactions, [("DESCRIBE TRANSACTIONAL_ID x", .transactionalIdAuthorizationFailed)]
        ) {
            try $0.ask(DescribeTransactionsRequest { $0.transactionalIds = ["x"] }, version: 0)
                .transactionStates[0].errorCode
        },
    ]

    private static func onCluster(
        _ api: ApiKey, _ operation: String, _ ask: @escaping @Sendable (RawClient) throws -> ErrorCode
    ) -> RequiredRights {
        RequiredRights(api, [("\(operation) \(cluster)", .clusterAuthorizationFailed)], ask)
    }

    static let administration = [
        onCluster(.describeAcls, "DESCRIBE") {
            let all = DescribeAclsRequest {
                ($0.resourceTypeFilter, $0.patternTypeFilter, $0.operation, $0.permissionType) = (1, 1, 1, 1)
            }
            return try $0.ask(all, version: 3).errorCode
        },
        onCluster(.createAcls, "ALTER") {
            try $0.ask(CreateAclsRequest { $0.creations = [.init()] }, version: 3).results[0].errorCode
        },
        onCluster(.deleteAcls, "ALTER") {
            try $0.ask(DeleteAclsRequest { $0.filters = [.init()] }, version: 3).filterResults[0].errorCode
        },
        onCluster(.describeUserScramCredentials, "DESCRIBE") {
            try $0.ask(DescribeUserScramCredentialsRequest(), version: 0).errorCode
        },
        onCluster(.alterUserScramCredentials, "ALTER") {
            try $0.ask(AlterUserScramCredentialsRequest { $0.deletions = [.init { $0.name = "n" }] }, version: 0)
                .results[0].errorCode
        },
        onCluster(.describeLogDirs, "DESCRIBE") { try $0.ask(DescribeLogDirsRequest(), version: 4).errorCode },
        onCluster(.electLeaders, "ALTER") { try $0.ask(ElectLeadersRequest(), version: 2).errorCode },
        onCluster(.alterPartitionReassignments, "ALTER") {
            try $0.ask(AlterPartitionReassignmentsRequest(), version: 0).errorCode
        },
        onCluster(.listPartitionReassignments, "DESCRIBE") {
            try $0.ask(ListPartitionReassignmentsRequest(), version: 0).errorCode
        },
        onCluster(.describeClientQuotas, "DESCRIBE_CONFIGS") {
            try $0.ask(DescribeClientQuotasRequest(), version: 1).errorCode
        },
        onCluster(.describeQuorum, "DESCRIBE") { try $0.ask(DescribeQuorumRequest(), version: 1).errorCode },
        onCluster(.listConfigResources, "DESCRIBE_CONFIGS") {
            try $0.ask(ListConfigResourcesRequest(), version: 1).errorCode
        },
        onCluster(.describeConfigs, "DESCRIBE_CONFIGS") { try describeConfigs($0, 4, "1") },
        RequiredRights(.describeConfigs, [("DESCRIBE_CONFIGS TOPIC t", .topicAuthorizationFailed)]) {
            try describeConfigs($0, 2, "t")
        },
        onCluster(.alterConfigs, "ALTER_CONFIGS") { try alterConfigs($0, 4, "9") },
        RequiredRights(.alterConfigs, [("ALTER_CONFIGS TOPIC t", .topicAuthorizationFailed)]) {
            try alterConfigs($0, 2, "t")
        },
        onCluster(.incrementalAlterConfigs, "ALTER_CONFIGS") { try changeConfigs($0, 4, "1") },
        RequiredRights(.incrementalAlterConfigs, [("ALTER_CONFIGS TOPIC t", .topicAuthorizationFailed)]) {
            try changeConfigs($0, 2, "t")
        },
    ]

    private static func describeConfigs(_ client: RawClient, _ type: Int8, _ name: String) throws -> ErrorCode {
        try client.ask(
            DescribeConfigsRequest {
                $0.resources = [
                    .init {
                        $0.resourceType = type
                        $0.resourceName = name
                    }
                ]
            }, version: 4
        ).results[0].errorCode
    }

    private static func alterConfigs(_ client: RawClient, _ type: Int8, _ name: String) throws -> ErrorCode {
        try client.ask(
            AlterConfigsRequest {
                $0.validateOnly = true
                $0.resources = [
                    .init {
                        $0.resourceType = type
                        $0.resourceName = name
                    }
                ]
            }, version: 2
        ).responses[0].errorCode
    }

    private static func changeConfigs(_ client: RawClient, _ type: Int8, _ name: String) throws -> ErrorCode {
        try client.ask(
            IncrementalAlterConfigsRequest {
                $0.validateOnly = true
                $0.resources = [
                    .init {
                        $0.resourceType = type
                        $0.resourceName = name
                    }
                ]
            }, version: 1
        ).responses[0].errorCode
    }
}
