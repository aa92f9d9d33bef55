import KappaCore
import KappaHTTP
import KappaNetwork
import Synchronization

/// Who asks. Without users everybody is a viewer, and the server is on loopback then; with users, whoever proves to be
/// one (Basic, which browsers, Excel, Power BI and Grafana all speak, over TLS beyond this machine).
final class SignIn: Sendable {
    private let users: Users?
    /// Wrong passwords of an address, and when the last one was.
    private let failures = Mutex<[String: (count: Int, at: ContinuousClock.Instant)]>([:])

    private static let patience = 10
    private static let pause = Duration.seconds(60)

    init(_ users: Users?) { self.users = users }

    func role(_ request: HTTPRequest) -> (Role, user: String?) {
        guard let users else { return (.viewer, nil) }
        guard !isShutOut(request.peer), let (name, password) = SignIn.basic(request.header("authorization")) else {
            return (.nobody, nil)
        }
        guard let verifier = users.verifiers[name], verifier.accepts(password) else {
            failures.withLock { failures in
                if failures.count > 10_000 { failures = [:] }
                failures[request.peer] = ((failures[request.peer]?.count ?? 0) + 1, .now)
            }
            return (.nobody, nil)
        }
        failures.withLock { $0[request.peer] = nil }
        return (.viewer, name)
    }

    /// Guessing from one place soon gets no answer but no.
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
}
