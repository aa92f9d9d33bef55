import COpenSSL
import Glibc
import KappaCore

/// A server's certificate and key, from which each connection's session is made.
///
/// OpenSSL counts references to a context with a lock of its own, and nothing here changes one once it is made:
/// hence `@unchecked`.
package final class TLSContext: @unchecked Sendable {
    private let context: OpaquePointer

    package init(certificate: String, key: String) throws(NetworkError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw NetworkError("TLS cannot be set up: \(TLSContext.reason)")
        }
        self.context = context
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // TLS 1.3's suites are all sound; of 1.2's, those with forward secrecy that authenticate what they encrypt.
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20")
        // A blocked write may go on from another place in memory, and idle connections give their buffers back.
        let mode =
            Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
            | Int(SSL_MODE_RELEASE_BUFFERS)
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, mode, nil)
        try TLSContext.requireReadable(certificate, "certificate")
        guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw NetworkError("\(certificate) holds no certificate in PEM (\(TLSContext.reason))", kind: .usage)
        }
        try TLSContext.requireReadable(key, "key")
        try TLSContext.requirePrivate(key)
        guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
            // OpenSSL compares them as it reads the key.
            throw NetworkError(
                "\(key) holds no key in PEM that fits the certificate \(certificate) (\(TLSContext.reason))",
                hint: "Name the key's own file with --tls-key.", kind: .usage)
        }
    }

    private static func requireReadable(_ path: String, _ what: String) throws(NetworkError) {
        guard access(path, R_OK) == 0 else { throw .system("cannot read the \(what) \(path)") }
    }

    /// As PostgreSQL has it: nobody but its owner may read a key; where that is root, its group may.
    private static func requirePrivate(_ path: String) throws(NetworkError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system("cannot read the key \(path)") }
        let open: mode_t = status.st_uid == 0 && getuid() != 0 ? 0o027 : 0o077
        guard status.st_mode & open == 0 else {
            throw NetworkError("the key \(path) can be read by others", hint: "chmod 600 \(path)", kind: .usage)
        }
    }

    deinit { SSL_CTX_free(context) }

    /// The server's side of a new connection; the handshake happens with the first reads.
    package func accept(_ descriptor: Int32) -> TLSSession? {
        guard let session = SSL_new(context) else { return nil }
        guard SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            return nil
        }
        SSL_set_accept_state(session)
        return TLSSession(session)
    }

    private static var reason: String {
        let code = ERR_get_error()
        guard code != 0, let words = ERR_reason_error_string(code) else { return "no reason is given" }
        return String(cString: words)
    }
}

/// One connection's TLS, with the manners of `recv` and `send`: −1 and EAGAIN where it would have to wait.
package final class TLSSession {
    private let session: OpaquePointer

    init(_ session: OpaquePointer) { self.session = session }

    deinit { SSL_free(session) }

    /// Whether bytes have been taken from the socket that `receive` has not given out.
    package var hasPending: Bool { SSL_pending(session) > 0 }

    package func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        ERR_clear_error()
        return outcome(SSL_read(session, bytes, Int32(clamping: count)))
    }

    package func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        ERR_clear_error()
        return outcome(SSL_write(session, bytes, Int32(clamping: count)))
    }

    private func outcome(_ result: Int32) -> Int {
        guard result <= 0 else { return Int(result) }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_ZERO_RETURN: return 0
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: errno = EAGAIN
        default: errno = EPROTO
        }
        return -1
    }
}
