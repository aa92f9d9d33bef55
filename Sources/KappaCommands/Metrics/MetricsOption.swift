import KappaArguments
import KappaHTTP
import KappaTerminal

/// `--metrics`, for every command that runs on: `parameters: [...] + MetricsOption.all`, then
/// `let server = try MetricsOption.serve(context) { page }`, kept until the end.
enum MetricsOption {
    static let metrics = Option<ListenAddress?>(
        "metrics", type: .address, help: "Show figures for Prometheus at /metrics of this address.")

    static let all: [any ParameterKey] = [metrics]

    /// nil where nobody asked for figures.
    static func serve(
        _ context: CommandContext, _ page: @escaping @Sendable () -> MetricsPage
    ) throws -> HTTPServer? {
        guard let address = context[metrics] else { return nil }
        let server = try MetricsPage.serve(address, page: page)
        context.messages.note("the figures are at http://\(server.address)/metrics")
        return server
    }
}
