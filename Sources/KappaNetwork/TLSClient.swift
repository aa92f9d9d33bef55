import COpenSSL
import Glibc
import KappaCore

/// What a client needs to speak TLS: whom it trusts, and who it is.
package struct TLSClientSettings: Sendable, Hashable {
    /// Files in PEM, or a folder of them; the system's own where neither is named.
    package var authorities: String?
    package var authoritiesPEM: String?
    package var certificate: String?
    package var certificatePEM: String?
    package var key: String?
    package var keyPEM: String?
    package var keyPassword: String?
    /// A PKCS#12 file with key, certificate and chain.
    package var keyStore: String?
    package var keyStorePassword: String?
    package var verifiesServer = true
    package var verifiesHost = true
    package var ciphers: String?

    package init() {}
}

/// The client's side of TLS, from which each connection's session is made.
///
/// Unchecked: OpenSSL counts references to a context with a lock of its own, and nothing here changes one once it is
/// made.
package final class TLSClient: @unchecked Sendable {
    private let context: OpaquePointer
    private let settings: TLSClientSettings

    package init(_ settings: TLSClientSettings) throws(NetworkError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw NetworkError("TLS cannot be set up: \(TLSClient.reason)")
        }
        self.context = context
        self.settings = settings
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        let mode = Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, mode, nil)
        if let ciphers = settings.ciphers, SSL_CTX_set_cipher_list(context, ciphers) != 1 {
            throw NetworkError("ssl.cipher.suites: OpenSSL knows none of '\(ciphers)'", kind: .usage)
        }
        try trust()
        try identify()
        SSL_CTX_set_verify(context, settings.verifiesServer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
    }

    deinit { SSL_CTX_free(context) }

    // MARK: Whom it trusts

    private func trust() throws(NetworkError) {
        if let text = settings.authoritiesPEM {
            let store = SSL_CTX_get_cert_store(context)
            let added = TLSClient.certificates(in: text).filter { X509_STORE_add_cert(store, $0.pointer) == 1 }
            guard !added.isEmpty else { throw NetworkError("ssl.ca.pem holds no certificate in PEM", kind: .usage) }
        }
        guard let path = settings.authorities, path != "probe" else {
            if settings.authoritiesPEM == nil { SSL_CTX_set_default_verify_paths(context) }
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .system("ssl.ca.location failed: cannot read it (\(path))").usage
        }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard SSL_CTX_load_verify_locations(context, isFolder ? nil : path, isFolder ? path : nil) == 1 else {
            throw NetworkError(
                "ssl.ca.location failed: no certificate in PEM (\(path)): \(TLSClient.reason)", kind: .usage)
        }
    }

    /// Owned, and freed with it.
    private final class Certificate {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { X509_free(pointer) }
    }

    private static func certificates(in text: String) -> [Certificate] {
        withMemory(text) { memory in
            var found: [Certificate] = []
            while let next = PEM_read_bio_X509(memory, nil, nil, nil) { found.append(Certificate(next)) }
            ERR_clear_error()
            return found
        }
    }

    private static func withMemory<Result>(_ text: String, _ body: (OpaquePointer?) -> Result) -> Result {
        var text = text
        return text.withUTF8 { bytes in
            let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            defer { BIO_free(memory) }
            return body(memory)
        }
    }

    // MARK: Who it is

    private func identify() throws(NetworkError) {
        if let path = settings.keyStore { return try open(path) }
        if let path = settings.certificate {
            guard SSL_CTX_use_certificate_chain_file(context, path) == 1 else {
                throw NetworkError("ssl.certificate.location (\(path)): \(TLSClient.reason)", kind: .usage)
            }
        } else if let text = settings.certificatePEM {
            let chain = TLSClient.certificates(in: text)
            guard let first = chain.first, SSL_CTX_use_certificate(context, first.pointer) == 1 else {
                throw NetworkError("ssl.certificate.pem holds no certificate in PEM", kind: .usage)
            }
            for next in chain.dropFirst() { add(next.pointer) }
        }
        try takeKey()
    }

    /// The context takes the reference over.
    private func add(_ certificate: OpaquePointer) {
        X509_up_ref(certificate)
        SSL_CTX_ctrl(context, SSL_CTRL_EXTRA_CHAIN_CERT, 0, UnsafeMutableRawPointer(certificate))
    }

    private func takeKey() throws(NetworkError) {
        var text = settings.keyPEM
        if let path = settings.key { text = try TLSClient.file(path, "ssl.key.location") }
        guard let text else { return }
        let key = TLSClient.withMemory(text) { memory in
            // Without a password an encrypted key must not ask for one at the terminal.
            (settings.keyPassword ?? "").withCString { password in
                PEM_read_bio_PrivateKey(memory, nil, nil, UnsafeMutableRawPointer(mutating: password))
            }
        }
        guard let key else {
            throw NetworkError(
                "the client's key\(settings.key.map { " (\($0))" } ?? "") cannot be read: \(TLSClient.reason)",
                hint: "ssl.key.password opens one that is encrypted", kind: .usage)
        }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw NetworkError("the client's key does not fit its certificate: \(TLSClient.reason)", kind: .usage)
        }
    }

    private func open(_ path: String) throws(NetworkError) {
        guard let file = BIO_new_file(path, "r") else {
            throw .system("ssl.keystore.location (\(path)) cannot be read").usage
        }
        defer { BIO_free(file) }
        guard let store = d2i_PKCS12_bio(file, nil) else {
            throw NetworkError("ssl.keystore.location (\(path)) is no PKCS#12 store", kind: .usage)
        }
        defer { PKCS12_free(store) }
        var (key, certificate, chain): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
        guard PKCS12_parse(store, settings.keyStorePassword ?? "", &key, &certificate, &chain) == 1 else {
            throw NetworkError(
                "ssl.keystore.location (\(path)) cannot be opened: \(TLSClient.reason)",
                hint: "ssl.keystore.password has to be its password", kind: .usage)
        }
        defer {
            EVP_PKEY_free(key)
            X509_free(certificate)
        }
        // The chain's certificates are handed over one by one, and the list is let go of.
        while let next = kappa_x509_pop(chain) {
            add(next)
            X509_free(next)
        }
        kappa_x509_free(chain)
        guard SSL_CTX_use_certificate(context, certificate) == 1, SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw NetworkError("ssl.keystore.location (\(path)): \(TLSClient.reason)", kind: .usage)
        }
    }

    private static func file(_ path: String, _ property: String) throws(NetworkError) -> String {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("\(property) (\(path)) cannot be read").usage }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate static var reason: String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0, let words = ERR_reason_error_string(code) else { return "no reason is given" }
        return String(cString: words)
    }
}

extension NetworkError {
    fileprivate var usage: NetworkError { NetworkError(message, hint: hint, kind: .usage) }
}

// MARK: A connection

extension TLSClient {
    /// The client's side of a connection to `host`, with its handshake done; the socket blocks, within its own limits.
    package func connect(_ descriptor: Int32, host: String) throws(NetworkError) -> TLSSession {
        ERR_clear_error()
        guard let session = SSL_new(context) else { throw NetworkError("TLS cannot be begun: \(TLSClient.reason)") }
        let made = TLSSession(session)
        guard SSL_set_fd(session, descriptor) == 1 else {
            throw NetworkError("TLS cannot be begun: \(TLSClient.reason)")
        }
        name(host, to: session)
        let result = SSL_connect(session)
        guard result == 1 else { throw failure(of: session, result, host) }
        return made
    }

    /// An address has no name to be asked for (RFC 6066), and stands in the certificate as an address.
    private func name(_ host: String, to session: OpaquePointer) {
        var (four, six) = (in_addr(), in6_addr())
        let isAddress = inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
        if !isAddress {
            host.withCString { name in
                _ = SSL_ctrl(
                    session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                    UnsafeMutableRawPointer(mutating: name))
            }
        }
        guard settings.verifiesServer, settings.verifiesHost else { return }
        let rules = SSL_get0_param(session)
        if isAddress {
            X509_VERIFY_PARAM_set1_ip_asc(rules, host)
        } else {
            X509_VERIFY_PARAM_set1_host(rules, host, 0)
        }
    }

    private func failure(of session: OpaquePointer, _ result: Int32, _ host: String) -> NetworkError {
        let (system, kind) = (errno, SSL_get_error(session, result))
        let verdict = SSL_get_verify_result(session)
        if verdict != Int(X509_V_OK) { return untrusted(verdict, host) }
        let code = ERR_peek_error()
        let words = TLSClient.reason
        if kind == SSL_ERROR_SYSCALL, code == 0, system != 0, system != ECONNRESET {
            let isLate = system == EAGAIN
            return NetworkError(
                isLate ? "no answer to the TLS handshake" : String(cString: strerror(system)), kind: .unreachable)
        }
        if words.contains("unexpected eof") || code == 0 {
            return NetworkError(
                "the connection was closed in the TLS handshake: it may not speak TLS there",
                hint: "check security.protocol (-X) and the port", kind: .unreachable)
        }
        if words.contains("wrong version number") || words.contains("packet length too long") {
            return NetworkError(
                "it does not speak TLS there, but plain text",
                hint: "security.protocol=plaintext (or sasl_plaintext) is for that port", kind: .unreachable)
        }
        let asksForOurs = words.contains("certificate required") || words.contains("bad certificate")
        guard asksForOurs else { return NetworkError("the TLS handshake failed: \(words)", kind: .unreachable) }
        return NetworkError(
            "it wants a client certificate that it trusts (\(words))",
            hint: "ssl.certificate.location and ssl.key.location, or ssl.keystore.location, name ours",
            kind: .unreachable)
    }

    private func untrusted(_ verdict: Int, _ host: String) -> NetworkError {
        let words = String(cString: X509_verify_cert_error_string(verdict))
        ERR_clear_error()
        switch Int32(verdict) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return NetworkError(
                "its certificate has expired", hint: "the broker's administrator has to renew it", kind: .unreachable)
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return NetworkError(
                "its certificate is not valid yet", hint: "is the clock of this machine right?", kind: .unreachable)
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return NetworkError(
                "its certificate is for another host than '\(host)'",
                hint:
                    "name the broker as its certificate does (ssl.endpoint.identification.algorithm=none turns this check off)",
                kind: .unreachable)
        default:
            let place = settings.authorities.map { "\($0)" } ?? "the system's list"
            return NetworkError(
                "its certificate is not signed by an authority in \(place) (\(words); certificate verify failed)",
                hint: "check security.protocol and ssl.ca.location (-X): it names the authority's certificate",
                kind: .unreachable)
        }
    }
}
