import KappaCore
import KappaHTTP
import KappaStores

/// What a server said to one call.
final class ElasticAnswer {
    let status: Int
    let body: [UInt8]
    /// Null where the body is no JSON, as that of a 413 is.
    private(set) lazy var root: JSONTree = {
        guard let document = JSONDocument(body) else { return .null }
        return withExtendedLifetime(document) { JSONTree(document.root) }
    }()

    init(status: Int, body: [UInt8]) { (self.status, self.body) = (status, body) }

    var isSuccess: Bool { (200...299).contains(status) }
    var errorType: String? { root.member("error").member("type").string }
    var reason: String {
        let error = root.member("error")
        let words = error.string ?? error.member("reason").string
        let cause = error.member("caused_by").member("reason").string.map { " (\($0))" } ?? ""
        return ForeignText.line((words ?? "status \(status)") + cause)
    }
}

/// Speaks with one server over one connection; used by one thread at a time.
final class ElasticClient {
    let name: String
    private let http: HTTPClient
    private let server: String
    private let headers: [(name: String, value: String)]
    private let isReading: Bool
    private let compresses: Bool

    init(_ address: ElasticAddress, purpose: StorePurpose) throws(StoreError) {
        name = address.name
        server = address.server
        headers = try address.headers()
        isReading = purpose != .writing
        compresses = !address.isLocal
        http = HTTPClient(try address.settings())
    }

    /// Lets the server take a body in gzip.
    private static let worthwhile = 4096

    /// The answer, whatever its status.
    func ask(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8]? = nil, type: String = "application/json",
        timeout: Duration = .seconds(60)
    ) throws(StoreError) -> ElasticAnswer {
        guard !isReading || ElasticClient.onlyReads(method, path) else {
            throw StoreError(.failed, "\(name): a reader does not write")
        }
        var call = HTTPCall(method, server + path, headers: headers, body: body, timeout: timeout, isRepeatable: true)
        if let body {
            call.headers.append(("Content-Type", type))
            if compresses, body.count > ElasticClient.worthwhile, let small = BodyCompression.gzip(body, level: 1) {
                call.body = small
                call.headers.append(("Content-Encoding", "gzip"))
            }
        }
        let answer: HTTPAnswer
        do throws(HTTPError) { answer = try http.send(call) } catch {
            // The address that the client names is ours without its path.
            throw StoreError(error.kind == .usage ? .usage : .connection, error.message, of: name, hint: error.hint)
        }
        return ElasticAnswer(status: answer.status, body: answer.body)
    }

    func ask(
        _ method: HTTPMethod, _ path: String, _ body: JSONTree, timeout: Duration = .seconds(60)
    ) throws(StoreError) -> ElasticAnswer {
        try ask(method, path, body.bytes, timeout: timeout)
    }

    /// The answer where it is a success or one of the statuses that the caller reckons with.
    func send(
        _ method: HTTPMethod, _ path: String, _ body: JSONTree? = nil, allowing: Set<Int> = []
    ) throws(StoreError) -> ElasticAnswer {
        let answer = try ask(method, path, body?.bytes)
        guard answer.isSuccess || allowing.contains(answer.status) else { throw StoreError(answer, of: name) }
        return answer
    }

    private static func onlyReads(_ method: HTTPMethod, _ path: String) -> Bool {
        if method.isSafe { return true }
        let end = path.prefix { $0 != "?" }.split(separator: "/").last.map(String.init) ?? ""
        // Points in time are the reader's own, and what is refreshed is only shown sooner.
        return method == .post
            ? ["_search", "_count", "_mget", "_refresh", "_pit", "point_in_time"].contains(end)
            : method == .delete && ["_pit", "point_in_time"].contains(end)
    }
}
