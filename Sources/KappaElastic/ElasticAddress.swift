import Glibc
import KappaCore
import KappaHTTP
import KappaStores

/// The parts of `elasticsearch+https://[USER@]HOST[:PORT][/VIEW][?ca=FILE&password-file=FILE&api-key-file=FILE]`.
///
/// A password never stands in it: it comes from the environment or from a file.
struct ElasticAddress: Sendable, Equatable {
    var user: String?
    /// `https://host:9200`, without a path.
    var server: String
    /// The view that the address names.
    var view: String?
    var authority: String?
    private var passwordFile: String?
    private var keyFile: String?
    /// The word that addresses of this kind begin with, for what is shown.
    private let scheme: String

    static let schemes = ["elasticsearch", "opensearch"]

    /// nil for a word of another kind; plain `http(s)://` is for who knows the kind already.
    init?(word: String, takesPlain: Bool) throws(StoreError) {
        let kind = ElasticAddress.schemes.first { word.hasPrefix("\($0)+") }
        let isPlain = word.hasPrefix("http://") || word.hasPrefix("https://")
        guard kind != nil || (takesPlain && isPlain) else {
            if ElasticAddress.schemes.contains(where: { word.hasPrefix("\($0):") }) {
                throw ElasticAddress.unreadable("it says neither +https nor +http")
            }
            return nil
        }
        scheme = kind ?? "elasticsearch"
        let url = kind.map { String(word.dropFirst($0.utf8.count + 1)) } ?? word
        guard let start = url.firstRange(of: "://")?.upperBound, url.hasPrefix("http://") || url.hasPrefix("https://")
        else { throw ElasticAddress.unreadable("it says neither +https nor +http") }
        let rest = url[start...]
        let query = rest.firstIndex(of: "?") ?? rest.endIndex
        let place = rest[..<query]
        let slash = place.firstIndex(of: "/") ?? place.endIndex
        var host = place[..<slash]
        if let at = host.lastIndex(of: "@") {
            let name = host[..<at]
            guard !name.contains(":") else {
                throw ElasticAddress.unreadable("a password stands in it, which lists of processes would show")
            }
            user = PercentCoding.decoded(name) ?? String(name)
            host = host[host.index(after: at)...]
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace }) else {
            throw ElasticAddress.unreadable("it names no host")
        }
        let hasPort = host.last != "]" && host.contains(":") && (host.first != "[" || host.contains("]:"))
        server = "\(url[..<start])\(host)\(hasPort ? "" : ":9200")"
        let path = place[slash...].split(separator: "/", omittingEmptySubsequences: true)
        guard path.count <= 1 else { throw ElasticAddress.unreadable("its path is more than a view's name") }
        view = try path.first.map { (name) throws(StoreError) in try ViewName(word: String(name)).description }
        if query < rest.endIndex { try readOptions(rest[rest.index(after: query)...]) }
    }

    private mutating func readOptions(_ text: Substring) throws(StoreError) {
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count == 2 ? PercentCoding.decoded(pair[1]) : nil
            guard let value, !value.isEmpty else { throw ElasticAddress.unreadable("an option in it has no value") }
            switch pair[0] {
            case "ca": authority = value
            case "password-file": passwordFile = value
            case "api-key-file": keyFile = value
            default: throw ElasticAddress.unreadable("it knows ca=, password-file= and api-key-file= behind the ?")
            }
        }
    }

    /// Nothing of the word is repeated: somebody may have put a password there.
    private static func unreadable(_ reason: String) -> StoreError {
        StoreError(
            .usage, "the address of an Elasticsearch or OpenSearch store cannot be read: \(reason)",
            hint: """
                Write elasticsearch+https://USER@HOST/record; the password comes from ELASTIC_PASSWORD or from \
                ?password-file=FILE, an API key from ELASTIC_API_KEY or from ?api-key-file=FILE.
                """)
    }

    var name: String {
        let who = user.map { "\($0)@" } ?? ""
        let start = server.firstRange(of: "://")!.upperBound
        return "\(scheme)+\(server[..<start])\(who)\(server[start...])"
    }

    /// Beyond this machine the network is the narrow place, and bodies are compressed.
    var isLocal: Bool {
        let host = server[server.firstRange(of: "://")!.upperBound...]
        return host.hasPrefix("127.") || host.hasPrefix("localhost:") || host.hasPrefix("[::1]")
    }

    // MARK: Who asks

    func settings() throws(StoreError) -> HTTPClientSettings {
        var settings = HTTPClientSettings()
        settings.bodyLimit = 512 << 20
        settings.trustedCertificates = authority
        settings.user = user
        if user != nil { settings.password = try secret(passwordFile, "ELASTIC_PASSWORD", "OPENSEARCH_PASSWORD") }
        return settings
    }

    /// `Authorization: ApiKey …`, where there is a key.
    func headers() throws(StoreError) -> [(name: String, value: String)] {
        guard let key = try secret(keyFile, "ELASTIC_API_KEY", "OPENSEARCH_API_KEY") else { return [] }
        return [("Authorization", "ApiKey \(key)")]
    }

    private func secret(_ file: String?, _ variables: String...) throws(StoreError) -> String? {
        guard let file else {
            return variables.compactMap { getenv($0).map { String(cString: $0) } }.first { !$0.isEmpty }
        }
        guard let stream = fopen(file, "r") else {
            throw StoreError(.usage, "\(name): cannot read '\(file)': \(String(cString: strerror(errno)))")
        }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, stream))
        return String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    }
}
