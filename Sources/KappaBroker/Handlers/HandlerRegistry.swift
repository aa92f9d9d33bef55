import KappaWire

/// Every request that is served. What is not registered here is not advertised, and what is advertised is here.
enum HandlerRegistry {
    static let all: [any Handler.Type] = [
        ProduceHandler.self, FetchHandler.self, ListOffsetsHandler.self, MetadataHandler.self,
        OffsetCommitHandler.self, OffsetFetchHandler.self, FindCoordinatorHandler.self, JoinGroupHandler.self,
        HeartbeatHandler.self, LeaveGroupHandler.self, SyncGroupHandler.self, DescribeGroupsHandler.self,
        ListGroupsHandler.self, ApiVersionsHandler.self, CreateTopicsHandler.self, DeleteTopicsHandler.self,
        DeleteRecordsHandler.self, InitProducerIdHandler.self, OffsetForLeaderEpochHandler.self,
        AddPartitionsToTxnHandler.self, AddOffsetsToTxnHandler.self, EndTxnHandler.self,
        TxnOffsetCommitHandler.self, DescribeConfigsHandler.self, AlterConfigsHandler.self,
        CreatePartitionsHandler.self, DeleteGroupsHandler.self, IncrementalAlterConfigsHandler.self,
        OffsetDeleteHandler.self, DescribeClusterHandler.self, DescribeProducersHandler.self,
        DescribeTransactionsHandler.self, ListTransactionsHandler.self, SaslHandshakeHandler.self,
        SaslAuthenticateHandler.self, DescribeLogDirsHandler.self, ElectLeadersHandler.self,
        AlterPartitionReassignmentsHandler.self, ListPartitionReassignmentsHandler.self,
        DescribeClientQuotasHandler.self, DescribeQuorumHandler.self, ListConfigResourcesHandler.self,
        DescribeUserScramCredentialsHandler.self, AlterUserScramCredentialsHandler.self, DescribeAclsHandler.self,
        CreateAclsHandler.self, DeleteAclsHandler.self,
        DescribeTopicPartitionsHandler.self, ConsumerGroupHeartbeatHandler.self, ConsumerGroupDescribeHandler.self,
    ]

    static let byKey: [Int16: any Handler.Type] = {
        var table: [Int16: any Handler.Type] = [:]
        for handler in all { table[key(of: handler)] = handler }
        return table
    }()

    static func key<H: Handler>(of handler: H.Type) -> Int16 { H.Request.apiKey.rawValue }
}
