import Testing

@testable import KappaHTTP

/// The one place that decides who may do what.
@Suite struct RouterTests {
    let router = Router([
        Route(.get, "/api/log/{topic}", "Reads", parameters: [RouteParameter("from", "An offset", isRequired: true)]) {
            HTTPResponse(text: ($0.pathValues["topic"] ?? "") + "|" + ($0.parameter("from") ?? ""))
        },
        Route(.get, "/api/log/all", "All") { _ in HTTPResponse(text: "all") },
        Route(.post, "/api/log/{topic}", role: .operator, "Writes") { HTTPResponse(text: "wrote as \($0.user ?? "")") },
        Route(.get, "/", role: .nobody, "The page") { _ in HTTPResponse(text: "page") },
    ])

    func answer(
        _ method: HTTPMethod, _ path: String, _ query: String = "", as role: Role = .viewer,
        headers: [HTTPField] = []
    ) -> HTTPResponse {
        router.answer(HTTPRequest(method: method, path: path, query: query, headers: headers)) { _ in (role, "ann") }
    }

    func text(_ response: HTTPResponse) -> String { String(decoding: response.bytes, as: UTF8.self) }

    @Test func partsOfThePathAreDecodedOnce() {
        #expect(text(answer(.get, "/api/log/a%2Fb%20c", "from=1%2B2+3")) == "a/b c|1+2 3")
        #expect(text(answer(.get, "/api/log/%252e", "from=x")) == "%2e|x")
        #expect(answer(.get, "/api/log/%zz", "from=x").status == 400)
        #expect(answer(.get, "/api/log/%00", "from=x").status == 400)
        #expect(answer(.get, "/api/log/%ff", "from=x").status == 400)
    }

    @Test func fixedWordsComeBeforePlaceholders() {
        #expect(text(answer(.get, "/api/log/all")) == "all")
    }

    @Test(arguments: ["/api/log", "/api/log/", "/api/log/a/b", "/../etc/passwd", "/api/../", "//", "/x"])
    func whatIsNotInTheTableIsNotThere(path: String) {
        #expect(answer(.get, path, "from=1").status == 404)
    }

    @Test func aWrongMethodIsToldTheRightOnes() {
        let response = answer(.delete, "/api/log/x")
        #expect(response.status == 405)
        #expect(response.headers == [HTTPField("Allow", "GET, HEAD, POST")])
    }

    @Test func parametersThatAreMissingOrUnknownAreNamed() {
        #expect(text(answer(.get, "/api/log/x")).contains("'from' is missing"))
        #expect(text(answer(.get, "/api/log/x", "from=1&form=2")).contains("'form'"))
    }

    @Test func rolesAreAskedFor() {
        #expect(answer(.get, "/", as: .nobody).status == 200)
        #expect(answer(.get, "/api/log/x", "from=1", as: .nobody).status == 401)
        #expect(answer(.post, "/api/log/x", as: .viewer).status == 403)
        #expect(text(answer(.post, "/api/log/x", as: .admin)) == "wrote as ann")
    }

    @Test(arguments: [
        ([HTTPField("sec-fetch-site", "cross-site")], 403), ([HTTPField("sec-fetch-site", "same-site")], 403),
        ([HTTPField("sec-fetch-site", "same-origin")], 200), ([HTTPField("sec-fetch-site", "none")], 200),
        ([HTTPField("origin", "http://evil.example"), HTTPField("host", "localhost")], 403),
        ([HTTPField("origin", "null"), HTTPField("host", "localhost")], 403),
        ([HTTPField("origin", "http://localhost:80"), HTTPField("host", "localhost")], 403),
        ([HTTPField("origin", "http://localhost"), HTTPField("host", "localhost")], 200), ([], 200),
    ])
    func pagesOfOtherPlacesChangeNothing(headers: [HTTPField], status: Int) {
        #expect(answer(.post, "/api/log/x", as: .admin, headers: headers).status == status)
    }

    @Test func theTableDescribesItself() {
        let text = OpenAPI.document(title: "a \"b\"", version: "1", router.routes)
        #expect(text.contains("\"/api/log/{topic}\":{\"get\":{\"summary\":\"Reads\""))
        #expect(text.contains("\"name\":\"topic\",\"in\":\"path\""))
        #expect(text.contains("\"title\":\"a \\\"b\\\"\""))
    }
}
