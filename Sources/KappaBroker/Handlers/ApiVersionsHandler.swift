import KappaWire

/// What is served, read from the handlers' own registration.
enum ApiVersionsHandler: Handler {
    typealias Request = ApiVersionsRequest
    static var isOpenToAll: Bool { true }

    static func handle(
        _ request: ApiVersionsRequest, _ call: Call<ApiVersionsResponse>, _ core: BrokerCore
    ) -> Outcome<ApiVersionsResponse> {
        .answer(table(core.configuration))
    }

    static func table(_ configuration: BrokerConfiguration) -> ApiVersionsResponse {
        ApiVersionsResponse { response in
            // By these clients know that groups of the new kind are served, and that each transaction may have an epoch of
            // its own.
            response.features = [
                .init(name: "group.version", versions: 1...1), .init(name: "transaction.version", versions: 1...2),
            ]
            response.apiKeys = HandlerRegistry.all.filter { $0.isServed(configuration) }.map { entry(for: $0) }.sorted {
                $0.apiKey < $1.apiKey
            }
        }
    }

    private static func entry<H: Handler>(for handler: H.Type) -> ApiVersionsResponse.ApiVersion {
        .init {
            $0.apiKey = H.Request.apiKey.rawValue
            $0.minVersion = H.advertised.lowerBound
            $0.maxVersion = H.advertised.upperBound
        }
    }
}
