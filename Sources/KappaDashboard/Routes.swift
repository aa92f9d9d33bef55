import KappaCore
import KappaHTTP
import KappaStores

/// Every address of the server, with what it takes: `/openapi.json` is made of this table.
struct Routes: Sendable {
    let site: Site
    let pages: Pages
    let answers: ViewAnswers
    let watch: BrokerWatch
    let feed: Feed
    let alarms: AlarmAnswers
    let generations: GenerationAnswers
    let signIn: SignIn

    typealias Answer = @Sendable (HTTPRequest) throws -> HTTPResponse

    var all: [Route] {
        let described = data + questions + standing + session + changes + files
        let document = OpenAPI.document(title: "kappa", version: site.settings.version, described)
        return described + page + [
            Route(.get, "/openapi.json", "This document") { _ in HTTPResponse(json: document) }
        ]
    }

    /// Turns what went wrong into an answer that says so.
    private static func explaining(_ answer: @escaping Answer) -> @Sendable (HTTPRequest) -> HTTPResponse {
        { request in
            do { return try answer(request) } catch let error as BadRequest {
                return HTTPResponse(status: 400, text: error.message + "\n")
            } catch let error as Unavailable {
                return HTTPResponse(status: 503, text: error.message + "\n").with("Retry-After", "5")
            } catch let error as TookTooLong {
                let text = "It took longer than \(error.seconds) s and was ended: ask for less.\n"
                return HTTPResponse(status: 504, text: text)
            } catch let error as Conflict {
                return HTTPResponse(status: 409, text: error.message + "\n")
            } catch is UnsupportedBody {
                return HTTPResponse(status: 415, text: "The body of a change is application/json.\n")
            } catch let error as any Failure {
                return HTTPResponse(status: status(of: error, request), text: error.description + "\n")
            } catch { return HTTPResponse(status: 500, text: "\(error)\n") }
        }
    }

    /// A change that is refused stands against what is so now; a question that fails may be asked again.
    private static func status(of error: any Failure, _ request: HTTPRequest) -> Int {
        switch error.kind {
        case .usage: 400
        case .failed where !request.method.isSafe: 409
        default: 503
        }
    }

    private static func post(
        _ path: String, role: Role = .operator, _ summary: String, _ answer: @escaping Answer
    ) -> Route {
        Route(.post, path, role: role, summary, explaining(answer))
    }

    private static func get(
        _ path: String, _ summary: String, _ parameters: [RouteParameter] = [], answers: String = "application/json",
        _ answer: @escaping Answer
    ) -> Route {
        Route(.get, path, summary, parameters: parameters, answers: answers, explaining(answer))
    }

    // MARK: Parameters

    private static let names = [
        RouteParameter("borehole", "A borehole, or a pattern with * and ?"),
        RouteParameter("instrument", "A kind of instrument, or a pattern with * and ?"),
    ]
    private static let range = [
        RouteParameter("from", "The first moment: 24h ago, RFC 3339, or milliseconds since 1970"),
        RouteParameter("to", "The moment after the last; now unless it is said"),
    ]
    private static let pivot =
        names + range + [
            RouteParameter("rows", "borehole, instrument or time"),
            RouteParameter("columns", "borehole, instrument or time, other than the rows"),
            RouteParameter("bucket", "The length of a stretch of time, in seconds"),
            RouteParameter("value", "mean, min, max, sum, count or rows"),
        ]
    private static let place = [
        RouteParameter("partition", "One partition only"), RouteParameter("offset", "From this offset on"),
        RouteParameter("time", "From this moment on"), RouteParameter("limit", "At most so many records"),
    ]

    // MARK: The table

    private var data: [Route] {
        let (files, zone, site) = (DataFiles(answers: answers), site.settings.zone, site)
        let forms: [DataFiles.Form] = [.csv, .ndjson, .xlsx]
        let type = "application/octet-stream"
        var routes = forms.flatMap { form in
            [
                Self.get("/data/readings.\(form)", "Results of a range", Self.names + Self.range, answers: type) {
                    try files.readings($0, form)
                },
                Self.get("/data/latest.\(form)", "The newest result of each instrument", Self.names, answers: type) {
                    try files.latest($0, form)
                },
                Self.get("/data/pivot.\(form)", "Results put together", Self.pivot, answers: type) {
                    try files.pivot($0, form, zone)
                },
            ]
        }
        let day = RouteParameter("day", "Such as 2026-11-28, in the site's zone", isRequired: true)
        routes.append(
            Self.get("/data/report.html", "A day on paper", [day], answers: "text/html") { request in
                let report = try DayReport(
                    site: site.settings.name, day: request.parameter("day") ?? "", zone: zone, pool: answers.pool,
                    view: answers.view)
                return HTTPResponse(contentType: "text/html; charset=utf-8", body: Array(report.html.utf8))
                    .with("Content-Security-Policy", PageSecurity.reportPolicy)
            })
        return routes
    }

    private var questions: [Route] {
        let (answers, watch, site, feed, alarms) = (answers, watch, site, feed, alarms)
        let log = LogBrowser(configuration: site.settings.brokers)
        let columns = RouteParameter("columns", "How many columns of pixels it is for")
        let limit = RouteParameter("limit", "At most so many rows")
        return [
            Self.get("/api/site", "The site and this program") { _ in
                HTTPResponse(contentType: "application/json", body: site.hello)
            },
            Self.get("/api/latest", "The newest result of each instrument") { try answers.latest($0) },
            Self.get("/api/kinds", "The names of instruments and boreholes") { try answers.kinds($0) },
            Self.get("/api/series", "One instrument, for a chart", Self.names + Self.range + [columns]) {
                try answers.series($0)
            },
            Self.get(
                "/api/rows", "Results of a range, the newest first",
                Self.names + Self.range + [
                    limit, RouteParameter("before", "Those whose window begins before this moment"),
                    RouteParameter("after", "Those whose window begins after it, the oldest first"),
                ]
            ) {
                try answers.rows($0)
            },
            Self.get("/api/compare", "Many boreholes, for a chart", Self.names + Self.range + [columns]) {
                try answers.compare($0)
            },
            Self.get(
                "/api/movers", "What has moved most", [RouteParameter("hours", "In so many hours"), limit]
            ) { try answers.movers($0) },
            Self.get("/api/pivot", "Results put together", Self.pivot) {
                HTTPResponse(contentType: "application/json", body: try answers.pivot($0).json)
            },
            Self.get("/api/completeness", "Windows that came and that did not", Self.range) { request in
                let (from, to) = try request.range(standard: 7 * 86_400_000)
                guard to - from <= 400 * 86_400_000 else { throw BadRequest(message: "at most 400 days at a time") }
                let found = try answers.completeness(from: from, to: to, zone: site.settings.zone)
                return HTTPResponse(contentType: "application/json", body: found.json)
            },
            Self.get("/api/topics", "Topics and how far they reach") { try watch.topics($0) },
            Self.get("/api/jobs", "Groups, their lag, and both over the last hour") { try watch.jobs($0) },
            Self.get("/api/log/{topic}", "Records", Self.place) { try log.records($0) },
            Self.get(
                "/api/search/{topic}", "Records that hold something, with the progress",
                Self.place + [
                    RouteParameter("contains", "Bytes in key or value"),
                    RouteParameter("where", "A condition such as reading > 10"),
                ], answers: "application/x-ndjson"
            ) { try log.search($0) },
            Self.get("/api/doctor", "Checks, settings, doors") { request in
                Doctor(site: site, answers: answers, watch: watch, feed: feed, alarms: alarms).answer(request)
            },
            Self.get("/live", "What is new, as server-sent events", answers: "text/event-stream") { feed.open($0) },
        ]
    }

    /// Who looks. These alone, and the page's own files, are for whoever has not signed in.
    private var session: [Route] {
        let signIn = signIn
        return [
            Route(.get, "/api/session", role: .nobody, "Who looks, and what they may do") { signIn.tell($0) },
            Self.post("/api/session", role: .nobody, "Sign in: name, password") { try signIn.signIn($0) },
            Self.post("/api/session/end", role: .nobody, "Sign out") { signIn.signOut($0) },
        ]
    }

    /// Without leave for changes there are none of these addresses.
    private var changes: [Route] {
        guard site.settings.allowsChanges else { return [] }
        let changes = Changes(
            alarms: alarms, generations: generations, brokers: site.settings.brokers,
            store: site.settings.generationStore, voice: site.settings.voice)
        return [
            Self.post("/api/alarms/acknowledge", "Acknowledge: sensor, alarm, comment") { try changes.acknowledge($0) },
            Self.post("/api/alarms/shelve", "Put aside: sensor, alarm, hours (0: take it off the shelf), comment") {
                try changes.shelve($0)
            },
            Self.post("/api/log/{topic}", "Produce a record: key, value, partition") { try changes.produce($0) },
            Self.post("/api/generations/switch", "Show another generation: job, generation, against") {
                try changes.switchGeneration($0)
            },
        ]
    }

    /// Alarms, levels and generations.
    private var standing: [Route] {
        let (alarms, generations, levels) = (alarms, generations, site.settings.levels)
        let job = RouteParameter("job", "The job")
        let sensor = RouteParameter("sensor", "Only this sensor's, such as BH-1|piezometer")
        return [
            Self.get(
                "/api/alarms", "The alarms as they stand, the worst first",
                [RouteParameter("state", "standing, open, acknowledged, shelved, over or all"), sensor]
            ) { try alarms.list($0) },
            Self.get(
                "/api/alarms/history", "What happened to the alarms, and what was done about them",
                [sensor, RouteParameter("limit", "At most so many events")]
            ) { try alarms.history($0) },
            Self.get("/api/levels", "The review levels of an instrument, from date to date", Self.names) {
                try levels()?.answer($0) ?? Levels.none
            },
            Self.get("/api/generations", "Generations of a job, and how far each has come", [job]) {
                try generations.list($0)
            },
            Self.get(
                "/api/generations/difference", "What a generation says otherwise than another",
                [job, RouteParameter("new", "The generation"), RouteParameter("against", "The one that it is beside")]
            ) { try generations.difference($0) },
        ]
    }

    private var files: [Route] {
        let site = site
        return [
            Self.get("/doors/grafana-datasource.yaml", "For Grafana's provisioning", answers: "application/yaml") {
                HTTPResponse(contentType: "application/yaml", body: Array(site.doors($0).grafanaDataSource.utf8))
            },
            Self.get("/doors/grafana-dashboard.json", "For Grafana's provisioning") {
                HTTPResponse(json: site.doors($0).grafanaDashboard)
            },
        ]
    }

    /// The page's own files, and the addresses that all show the page.
    private var page: [Route] {
        let pages = pages
        let shown = [
            "/", "/compare", "/pivot", "/alarms", "/completeness", "/log", "/log/{topic}", "/jobs", "/generations",
            "/report", "/doctor", "/i/{borehole}/{instrument}",
        ]
        // What stands in their queries is the page's own business.
        let parameters = [
            "from", "to", "kiosk", "rotate", "pages", "rows", "columns", "bucket", "value", "instrument", "borehole",
            "as", "one", "partition", "offset", "time", "contains", "where", "day", "state", "sensor", "find", "new",
            "job",
            "against",
        ].map { RouteParameter($0, "") }
        return shown.map { path in
            Route(.get, path, role: .nobody, "The page", parameters: parameters) { pages.response("index.html", $0) }
        }
            + pages.names.filter { $0 != "index.html" }.map { name in
                Route(.get, "/\(name)", role: .nobody, "A file of the page") { pages.response(name, $0) }
            }
    }
}

extension Site {
    func doors(_ request: HTTPRequest) -> Doors {
        let host = request.header("host") ?? "localhost"
        return Doors(
            store: settings.store.name, isPostgres: settings.store.kind == "postgres", view: settings.view,
            address: "http\(request.isSecure ? "s" : "")://\(host)")
    }
}
