/// Which handler answers which address: a table that is also what the server says of itself (`OpenAPI`).
///
/// It is the one place that decides who may do what: a route names the role it asks for, and without a matching route
/// there is nothing.
package struct Router: Sendable {
    package private(set) var routes: [Route] = []

    package init(_ routes: [Route] = []) { self.routes = routes }

    package mutating func add(_ more: [Route]) { routes += more }

    /// `role` says who asks, or answers in the handler's place: sign in first, come back later.
    package func answer(
        _ request: HTTPRequest, role: (HTTPRequest) -> (Role, user: String?)
    ) -> HTTPResponse {
        guard let path = PathPattern.split(request.path) else {
            return HTTPResponse(status: 400, text: "The address is not well formed.\n")
        }
        let here = routes.compactMap { route in route.pattern.match(path).map { (route, $0) } }
        // A pattern of fixed words is meant before one that takes any.
        let best = here.min { $0.0.pattern.placeholders < $1.0.pattern.placeholders }
        guard let best else { return .notFound }
        let method = request.method == .head ? .get : request.method
        let same = here.filter { $0.0.pattern == best.0.pattern }
        guard let (route, values) = same.first(where: { $0.0.method == method }) else {
            return Router.wrongMethod(same.map(\.0.method))
        }
        if let refusal = CrossOriginCheck.refusal(request) { return refusal }
        if let refusal = route.refusal(of: request) { return refusal }
        let (role, user) = role(request)
        guard role >= route.role else { return Router.notAllowed(role, route, request) }
        var request = request
        request.pathValues = values
        request.user = user
        return route.handler(request)
    }

    private static func wrongMethod(_ methods: [HTTPMethod]) -> HTTPResponse {
        var allowed = Set(methods.map(\.rawValue))
        if allowed.contains("GET") { allowed.insert("HEAD") }
        return HTTPResponse(status: 405, text: "That cannot be done here.\n")
            .with("Allow", allowed.sorted().joined(separator: ", "))
    }

    private static func notAllowed(_ role: Role, _ route: Route, _ request: HTTPRequest) -> HTTPResponse {
        guard role == .nobody else {
            return HTTPResponse(status: 403, text: "This needs the role \(route.role), and you have \(role).\n")
        }
        let refusal = HTTPResponse(status: 401, text: "Sign in first.\n")
        // A script of a page has a form for it; the browser's own dialogue would come up over that.
        if let mode = request.header("sec-fetch-mode"), mode != "navigate" { return refusal }
        return refusal.with("WWW-Authenticate", "Basic realm=\"kappa\"")
    }
}

/// What somebody may do, each with what the ones before may.
package enum Role: Int, Comparable, Sendable, CustomStringConvertible {
    case nobody, viewer, `operator`, admin

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }

    package var description: String {
        switch self {
        case .nobody: "nobody"
        case .viewer: "viewer"
        case .operator: "operator"
        case .admin: "admin"
        }
    }
}

/// One address of a server.
package struct Route: Sendable {
    package var method: HTTPMethod
    package var pattern: PathPattern
    package var role: Role
    package var summary: String
    package var parameters: [RouteParameter]
    /// The types of what it answers, for `OpenAPI`.
    package var answers: String
    package var handler: @Sendable (HTTPRequest) -> HTTPResponse

    package init(
        _ method: HTTPMethod, _ pattern: String, role: Role = .viewer, _ summary: String,
        parameters: [RouteParameter] = [], answers: String = "application/json",
        _ handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) {
        self.method = method
        self.pattern = PathPattern(pattern)
        self.role = role
        self.summary = summary
        self.parameters = parameters
        self.answers = answers
        self.handler = handler
    }

    /// A misspelt parameter would silently show something else than what was asked for.
    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        for field in request.parameters where !parameters.contains(where: { $0.name == field.name }) {
            let known = parameters.map(\.name).joined(separator: ", ")
            let hint = known.isEmpty ? "It takes none." : "It takes \(known)."
            return HTTPResponse(status: 400, text: "There is no parameter '\(field.name)' here. \(hint)\n")
        }
        for parameter in parameters where parameter.isRequired && request.parameter(parameter.name) == nil {
            return HTTPResponse(status: 400, text: "The parameter '\(parameter.name)' is missing: \(parameter.help)\n")
        }
        return nil
    }
}

/// A parameter of a route's query.
package struct RouteParameter: Sendable {
    package var name: String
    package var help: String
    package var isRequired: Bool

    package init(_ name: String, _ help: String, isRequired: Bool = false) {
        self.name = name
        self.help = help
        self.isRequired = isRequired
    }
}
