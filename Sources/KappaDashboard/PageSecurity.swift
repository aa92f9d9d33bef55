import KappaHTTP

/// What each answer tells the browser to refuse.
enum PageSecurity {
    /// No script or style that is not a file of ours, no other host, no frame of others around it, and (Trusted Types)
    /// no text that becomes markup: a name with `<img onerror>` in it stays a name.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
        frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types 'none'
        """

    /// For the report, whose styles stand in it.
    static let reportPolicy = """
        default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
        frame-ancestors 'self'
        """

    static func secured(_ response: HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
        var response = response
        if !response.headers.contains(where: { $0.name == "Content-Security-Policy" }) {
            // The page shows the report in a frame, and what is wrong with it too.
            let isReport = request.path == "/data/report.html"
            response.headers.append(HTTPField("Content-Security-Policy", isReport ? reportPolicy : policy))
        }
        response.headers += [
            HTTPField("X-Content-Type-Options", "nosniff"), HTTPField("Referrer-Policy", "no-referrer"),
            HTTPField("Cross-Origin-Opener-Policy", "same-origin"),
            HTTPField("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        if !response.headers.contains(where: { $0.name == "Cache-Control" }) {
            response.headers.append(HTTPField("Cache-Control", "no-store"))
        }
        return response
    }
}
