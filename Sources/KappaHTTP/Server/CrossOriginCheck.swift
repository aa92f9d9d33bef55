/// Keeps pages of other places from changing anything here with the visitor's browser.
///
/// Browsers say with each request whether the page that makes it is of the same origin (`Sec-Fetch-Site`, Fetch
/// Metadata), older ones at least which origin it is (`Origin`). Programs send neither, and carry no visitor's cookie.
package enum CrossOriginCheck {
    package static func refusal(_ request: HTTPRequest) -> HTTPResponse? {
        guard !request.method.isSafe else { return nil }
        if let site = request.header("sec-fetch-site") {
            return site == "same-origin" || site == "none" ? nil : refused
        }
        guard let origin = request.header("origin") else { return nil }
        let own = (request.isSecure ? "https://" : "http://") + (request.header("host") ?? "")
        return origin.lowercased() == own.lowercased() ? nil : refused
    }

    private static let refused = HTTPResponse(
        status: 403, text: "A page of another place may not change things here.\n")
}
