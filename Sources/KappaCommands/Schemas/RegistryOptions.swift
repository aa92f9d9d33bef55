import KappaArguments
import KappaCore
import KappaFormats
import KappaHTTP
import Synchronization

/// Which schema registry, and how to sign in to it.
enum RegistryOptions {
    static let section = "Schema registry"
    static let url = Option<String?>(
        "registry", placeholder: "URL", type: .string("URL"), section: section,
        help: "The schema registry (Confluent's API): http://127.0.0.1:8081.")
    static let user = Option<String?>(
        "registry-user", type: .string("NAME"), section: section, help: "The user that signs in to the registry.")
    static let password = Option<SecretReference?>(
        "registry-password", type: .secret, section: section,
        help: "Where the password is: file:PATH, env:NAME or prompt.")
    static let token = Option<SecretReference?>(
        "registry-token", type: .secret, section: section,
        help: "Where a bearer token is, instead of a name and a password.")
    static let certificates = Option<String?>(
        "registry-ca", type: .file, section: section,
        help: "Trust the certificates in this file (PEM) instead of the system's.")

    static let all: [any ParameterKey] = [url, user, password, token, certificates]

    /// The registry that is named; nil where none is.
    static func registry(_ context: CommandContext, isPatient: Bool = false) throws -> RegistryClient? {
        guard let url = context[url] else { return nil }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw UsageError(
                "'\(HTTPClient.withoutSecrets(url))' is not the address of a registry",
                hint: "such as http://127.0.0.1:8081")
        }
        guard !url.dropFirst(8).prefix(while: { $0 != "/" }).contains("@") else {
            throw UsageError(
                "the registry's address holds a name or a password, which everybody can read there",
                hint: "use --registry-user and --registry-password")
        }
        return RegistryClient(
            name: HTTPClient.withoutSecrets(url), exchange: try exchange(url, context, isPatient: isPatient))
    }

    /// The same where there has to be one: the one on this machine is asked where none is named.
    static func required(_ context: CommandContext) throws -> RegistryClient {
        if let registry = try registry(context) { return registry }
        let usual = "http://127.0.0.1:8081"
        return RegistryClient(name: usual, exchange: try exchange(usual, context))
    }

    private static func exchange(
        _ url: String, _ context: CommandContext, isPatient: Bool = false
    ) throws -> RegistryClient.Exchange {
        var settings = HTTPClientSettings()
        settings.user = context[user]
        settings.password = try context[password]?.reveal("the registry's password").revealed
        settings.trustedCertificates = context[certificates]
        settings.bodyLimit = 16 << 20
        guard settings.user == nil || settings.password != nil else {
            throw UsageError("--registry-user goes with --registry-password")
        }
        var headers: [(name: String, value: String)] = [("Accept", RegistryCall.contentType)]
        if let token = try context[token]?.reveal("the registry's token") {
            headers.append(("Authorization", "Bearer \(token.revealed)"))
        }
        // Pauses of 0.25 s, twice as long each time but never over 5 s, come to two minutes.
        let rule = RetryRule(
            attempts: isPatient ? 28 : 5, firstPause: .milliseconds(250), longestPause: .seconds(5))
        return RegistryExchange(url, settings, headers, rule, context.stop).exchange
    }
}

/// Calls over one connection, which belongs to one thread at a time; what passes is tried again.
private final class RegistryExchange: Sendable {
    private let base: String
    private let settings: HTTPClientSettings
    private let headers: [(name: String, value: String)]
    private let rule: RetryRule
    private let stop: StopSignal
    private let turn = Mutex(())

    init(
        _ url: String, _ settings: HTTPClientSettings, _ headers: [(name: String, value: String)], _ rule: RetryRule,
        _ stop: StopSignal
    ) {
        self.rule = rule
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.settings = settings
        self.headers = headers
        self.stop = stop
    }

    var exchange: RegistryClient.Exchange {
        { (call) throws(RegistryError) in try self.ask(call) }
    }

    private func ask(_ call: RegistryCall) throws(RegistryError) -> RegistryReply {
        let typed = call.body == nil ? [] : [(name: "Content-Type", value: RegistryCall.contentType)]
        // The same schema again gets the same id, so all that is posted may be posted twice.
        let wanted = HTTPCall(
            HTTPMethod(rawValue: call.method.rawValue) ?? .get, base + call.path, headers: headers + typed,
            body: call.body, timeout: .seconds(10), isRepeatable: true)
        do throws(HTTPError) {
            let answer = try turn.withLock { _ throws(HTTPError) in
                try HTTPClient(settings).send(wanted, retrying: rule) { stop.wait($0) }
            }
            return RegistryReply(status: answer.status, body: answer.body)
        } catch {
            throw RegistryError(
                error.kind == .usage ? .unusable : .away, "the schema registry \(error.message)",
                hint: error.hint ?? "'kappa schema serve' serves one; --registry names another")
        }
    }
}
