/// Figures in Prometheus' text format (version 0.0.4), for a page that is made anew at each request.
///
/// Names follow Prometheus' conventions: `kappa_` first, the base unit last (`_seconds`, `_bytes`), counters end in
/// `_total`. `promtool check metrics` has nothing to say about them.
package struct MetricsPage: Sendable {
    package enum Kind: String, Sendable {
        /// Only grows, but for restarts.
        case counter
        case gauge
    }

    package typealias Labels = [(name: String, value: String)]

    package private(set) var text = ""

    package init() {}

    /// A figure without labels.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        add(name, kind, help, [([], value)])
    }

    /// One figure with a sample for each set of labels; the samples of a name must come in one call.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(Labels, Double)]) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(MetricsPage.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value) in samples {
            let words = labels.map { "\($0.name)=\"\(MetricsPage.escaped($0.value, quotes: true))\"" }
            let set = words.isEmpty ? "" : "{\(words.joined(separator: ","))}"
            text += "\(name)\(set) \(MetricsPage.number(value))\n"
        }
    }

    package var response: HTTPResponse {
        HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(text.utf8))
    }

    /// A server that answers `/metrics` with the page of the moment.
    package static func serve(
        _ address: ListenAddress, page: @escaping @Sendable () -> MetricsPage
    ) throws(HTTPError) -> HTTPServer {
        var settings = HTTPServerSettings()
        // Where the network may ask, it asks by whatever name it has for this machine.
        settings.hosts = address.isLoopback ? HostRule(listen: address) : nil
        return try HTTPServer(listen: address, settings: settings) { request in
            switch request.path {
            case "/metrics": page().response
            case "/": HTTPResponse(text: "The figures are at /metrics\n")
            default: .notFound
            }
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.append(character)
            }
        }
        return result
    }
}
