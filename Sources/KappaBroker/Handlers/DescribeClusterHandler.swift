import KappaWire

enum DescribeClusterHandler: Handler {
    typealias Request = DescribeClusterRequest

    static func handle(
        _ request: DescribeClusterRequest, _ call: Call<DescribeClusterResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeClusterResponse> {
        .answer(
            DescribeClusterResponse {
                if request.includeClusterAuthorizedOperations {
                    $0.clusterAuthorizedOperations = core.operationsOnCluster(by: call.client)
                }
                $0.clusterId = core.topics.clusterId
                $0.controllerId = core.configuration.nodeId
                $0.brokers = [
                    .init {
                        $0.brokerId = core.configuration.nodeId
                        $0.host = core.advertised.host
                        $0.port = Int32(core.advertised.port)
                    }
                ]
            })
    }
}
