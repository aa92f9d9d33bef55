import KappaCore
import KappaWire

/// There are no quotas, and none can be set.
enum DescribeClientQuotasHandler: Handler {
    typealias Request = DescribeClientQuotasRequest

    static func handle(
        _ request: DescribeClientQuotasRequest, _ call: Call<DescribeClientQuotasResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeClientQuotasResponse> {
        guard call.may(.describeConfigs, .cluster, core) else {
            return .answer(DescribeClientQuotasResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        return .answer(DescribeClientQuotasResponse { $0.entries = [] })
    }
}
