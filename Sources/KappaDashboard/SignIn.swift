import KappaCore
import KappaHTTP
import KappaNetwork
import Synchronization

/// Who asks. Without users everybody is a viewer, and the server is on loopback then. With users it is whoever has
/// signed in by the page's form (a cookie), or proves each time to be one (Basic, which Excel, Power BI and Grafana
/// speak; over TLS beyond this machine).
final class SignIn: Sendable {
    private struct Session {
        var user: String
        var used: ContinuousClock.Instant
    }

    private let users: Users?
    /// What a page is told of the site, once it may know it.
    private let hello: @Sendable () -> [UInt8]
    /// Whether there is anything to change at all.
    private let allowsChanges: Bool
    /// Wrong passwords of an address, and when the last one was.
    private let failures = Mutex<[String: (count: Int, at: ContinuousClock.Instant)]>([:])
    /// By what the browser was given: 256 random bits that nobody guesses.
    private let sessions = Mutex<[String: Session]>([:])

    private static let patience = 10
    private static let pause = Duration.seconds(60)
    private static let longestIdle = Duration.seconds(12 * 3600)
    private static let mostSessions = 10_000
    /// Checked for a name that nobody bears, so that the time taken does not tell which names there are.
    private static let nobody = Users.Verifier(password: "")

    init(_ users: Users?, allowsChanges: Bool, hello: @escaping @Sendable () -> [UInt8]) {
        self.users = users
        self.hello = hello
        self.allowsChanges = allowsChanges
    }

    func role(_ request: HTTPRequest) -> (Role, user: String?) {
        guard let users else { return (.viewer, nil) }
        guard let name = session(request) ?? (try? basicUser(request)) else { return (.nobody, nil) }
        return (SignIn.role(of: name, users), name)
    }

    private static func role(of name: String, _ users: Users) -> Role {
        switch users.duty(of: name) {
        case .viewer: .viewer
        case .operator: .operator
        case .admin: .admin
        }
    }

    // MARK: Passwords

    private struct ShutOut: Error {}
    private struct Unknown: Error {}

    private func basicUser(_ request: HTTPRequest) throws -> String {
        guard let (name, password) = SignIn.basic(request.header("authorization")) else { throw Unknown() }
        return try check(name, password, request.peer)
    }

    private func check(_ name: String, _ password: String, _ peer: String) throws -> String {
        // Guessing from one place soon gets no answer but no.
        guard !isShutOut(peer) else { throw ShutOut() }
        let verifier = users?.verifiers[name]
        guard (verifier ?? SignIn.nobody).accepts(password), verifier != nil else {
            failures.withLock { failures in
                if failures.count > 10_000 { failures = [:] }
                failures[peer] = ((failures[peer]?.count ?? 0) + 1, .now)
            }
            throw Unknown()
        }
        failures.withLock { $0[peer] = nil }
        return name
    }

    private func isShutOut(_ peer: String) -> Bool {
        failures.withLock { failures in
            guard let known = failures[peer], known.count >= SignIn.patience else { return false }
            guard known.at.duration(to: .now) < SignIn.pause else {
                failures[peer] = nil
                return false
            }
            return true
        }
    }

    private static func basic(_ field: String?) -> (String, String)? {
        guard let field, field.lowercased().hasPrefix("basic "), let bytes = Base64.read(String(field.dropFirst(6))),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    // MARK: Sessions

    /// Browsers do not keep cookies of two ports apart, so the port is a part of the name. With TLS the prefix makes
    /// them refuse one that was set by anything but this host over TLS.
    private static func cookieName(_ request: HTTPRequest) -> String {
        let host = request.header("host") ?? ""
        let port = host.split(separator: ":").last.flatMap { UInt16($0) } ?? (request.isSecure ? 443 : 80)
        return (request.isSecure ? "__Host-" : "") + "kappa_\(port)"
    }

    private static func token(_ request: HTTPRequest) -> String? {
        let name = cookieName(request) + "="
        for field in request.headers where field.name == "cookie" {
            for part in field.value.split(separator: ";") {
                let word = part.drop { $0 == " " }
                if word.hasPrefix(name) { return String(word.dropFirst(name.count)) }
            }
        }
        return nil
    }

    private func session(_ request: HTTPRequest) -> String? {
        guard let token = SignIn.token(request) else { return nil }
        return sessions.withLock { sessions in
            guard let session = sessions[token] else { return nil }
            guard session.used.duration(to: .now) < SignIn.longestIdle else {
                sessions[token] = nil
                return nil
            }
            sessions[token]?.used = .now
            return session.user
        }
    }

    private func begin(_ user: String) -> String {
        let token = Digest.random(32).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
        sessions.withLock { sessions in
            if sessions.count >= SignIn.mostSessions, let oldest = sessions.min(by: { $0.value.used < $1.value.used }) {
                sessions[oldest.key] = nil
            }
            sessions[token] = Session(user: user, used: .now)
        }
        return token
    }

    private static func cookie(_ request: HTTPRequest, _ token: String, age: String = "") -> String {
        "\(cookieName(request))=\(token); Path=/; HttpOnly; SameSite=Strict\(age)\(request.isSecure ? "; Secure" : "")"
    }

    // MARK: What the page asks

    /// Who looks, what they may do, and whether they have to sign in first.
    func tell(_ request: HTTPRequest) -> HTTPResponse { tell(role(request)) }

    private func tell(_ who: (role: Role, user: String?)) -> HTTPResponse {
        var json = JSONWriter()
        json.object {
            $0.key("role", who.role.description)
            $0.key("user", who.user)
            $0.key("hasUsers", users != nil)
            $0.key("allowsChanges", allowsChanges)
            guard who.role > .nobody else { return }
            $0.key("site")
            $0.json(hello())
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    func signIn(_ request: HTTPRequest) throws -> HTTPResponse {
        guard let users else { throw BadRequest(message: "nobody has to sign in here") }
        let body = try JSONBody(request, ["name", "password"])
        do {
            let name = try check(try body.text("name") ?? "", try body.text("password") ?? "", request.peer)
            return tell((SignIn.role(of: name, users), name))
                .with("Set-Cookie", SignIn.cookie(request, begin(name)))
        } catch is ShutOut {
            return HTTPResponse(status: 429, text: "Too many wrong passwords came from here; try again in a minute.\n")
                .with("Retry-After", "60")
        } catch is Unknown {
            return HTTPResponse(status: 403, text: "That is not a name and its password.\n")
        }
    }

    func signOut(_ request: HTTPRequest) -> HTTPResponse {
        if let token = SignIn.token(request) { sessions.withLock { $0[token] = nil } }
        return HTTPResponse(status: 204, contentType: "", body: [])
            .with("Set-Cookie", SignIn.cookie(request, "", age: "; Max-Age=0"))
    }
}
