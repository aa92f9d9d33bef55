import KappaWire

/// There are no quotas, and none can be set.
enum DescribeClientQuotasHandler: Handler {
    typealias Request = DescribeClientQuotasRequest

    static func handle(
        _ request: DescribeClientQuotasRequest, _ call: Call<DescribeClientQuotasResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeClientQuotasResponse> {
        .answer(DescribeClientQuotasResponse { $0.entries = [] })
    }
}
