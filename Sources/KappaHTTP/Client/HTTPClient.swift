import CCurl
import Glibc
import KappaCore

/// Gets things over HTTP and HTTPS with libcurl, which knows TLS, proxies and redirects better than we would.
///
/// A client keeps its connection open between calls. It belongs to one thread at a time, and blocks it.
package final class HTTPClient {
    private let handle: UnsafeMutableRawPointer
    private let settings: HTTPClientSettings

    package init(_ settings: HTTPClientSettings = HTTPClientSettings()) {
        _ = HTTPClient.library
        guard let handle = curl_easy_init() else { preconditionFailure("libcurl has no memory left") }
        self.handle = handle
        self.settings = settings
    }

    deinit { curl_easy_cleanup(handle) }

    /// curl_global_init is not safe on two threads at once; Swift's lazy globals are.
    static let library = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// The whole answer, whatever its status; throws when there was none within `timeout`.
    package func get(_ url: String, timeout: Duration = .seconds(30)) throws(HTTPError) -> HTTPAnswer {
        try send(HTTPCall(.get, url, timeout: timeout))
    }

    /// Sends until there is an answer that is not worth another try. `pausing` waits, and says whether to give up.
    package func send(
        _ call: HTTPCall, retrying rule: RetryRule, pausing: (Duration) -> Bool
    ) throws(HTTPError) -> HTTPAnswer {
        var attempt = 1
        while true {
            let outcome = Result { () throws(HTTPError) in try send(call) }
            guard let pause = rule.pause(after: attempt, of: call, outcome), !pausing(pause) else {
                return try outcome.get()
            }
            attempt += 1
        }
    }

    /// The whole answer, whatever its status; throws when there was none in time.
    package func send(_ call: HTTPCall) throws(HTTPError) -> HTTPAnswer {
        let transfer = Transfer(limit: settings.bodyLimit)
        curl_easy_reset(handle)
        setOptions(timeout: call.timeout, redirects: call.method.isSafe ? settings.redirects : 0)
        setIdentity()
        setReceivers(transfer)
        kappa_curl_set_text(handle, CURLOPT_URL, call.url)
        let headers = try HTTPClient.list(call)
        defer { curl_slist_free_all(headers) }
        kappa_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        // `transfer` and the body are only borrowed by curl, and must outlive the call.
        let code = withExtendedLifetime(transfer) { perform(call) }
        guard code == CURLE_OK else { throw failure(code, url: call.url, transfer: transfer) }
        var status = 0
        kappa_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return HTTPAnswer(
            status: status, headers: transfer.headers, body: transfer.body,
            retryAfter: transfer.headers["retry-after"].flatMap(HTTPClient.retryAfter))
    }

    private func perform(_ call: HTTPCall) -> CURLcode {
        switch call.method {
        case .get: break
        case .head: kappa_curl_set_long(handle, CURLOPT_NOBODY, 1)
        default: kappa_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, call.method.rawValue)
        }
        guard let body = call.body ?? (call.method == .post ? [] : nil) else { return curl_easy_perform(handle) }
        kappa_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, body.count)
        return body.withUnsafeBytes { bytes in
            // An empty array has no address, and no address makes curl ask for the body by a callback.
            let start = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) }
            return withUnsafeMutablePointer(to: &nothing) { nothing in
                kappa_curl_set_pointer(handle, CURLOPT_POSTFIELDS, start ?? UnsafeMutableRawPointer(nothing))
                kappa_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, call.method.rawValue)
                return curl_easy_perform(handle)
            }
        }
    }

    /// What the body of a request without a body points to.
    private var nothing: UInt8 = 0

    private func setOptions(timeout: Duration, redirects: Int) {
        let milliseconds = max(1, Int(timeout.wholeMilliseconds))
        // Without this, libcurl may raise SIGALRM in a program of many threads.
        kappa_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        kappa_curl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds)
        kappa_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000))
        kappa_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1 : 0)
        kappa_curl_set_long(handle, CURLOPT_MAXREDIRS, redirects)
        kappa_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        kappa_curl_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        // Empty means every encoding that this libcurl can undo.
        kappa_curl_set_text(handle, CURLOPT_ACCEPT_ENCODING, "")
        kappa_curl_set_text(handle, CURLOPT_USERAGENT, "kappa")
    }

    private func setIdentity() {
        if let file = settings.trustedCertificates { kappa_curl_set_text(handle, CURLOPT_CAINFO, file) }
        guard let user = settings.user else { return }
        // CURLAUTH_BASIC, which is a macro with a cast.
        kappa_curl_set_long(handle, CURLOPT_HTTPAUTH, 1)
        kappa_curl_set_text(handle, CURLOPT_USERNAME, user)
        kappa_curl_set_text(handle, CURLOPT_PASSWORD, settings.password ?? "")
    }

    private func setReceivers(_ transfer: Transfer) {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        kappa_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        kappa_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        kappa_curl_set_writer(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
                .receive(UnsafeRawBufferPointer(start: bytes, count: count))
        }
        kappa_curl_set_writer(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
                .receive(header: UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    /// The header fields as curl's list. A line end in one would begin a field of somebody else's choosing.
    private static func list(_ call: HTTPCall) throws(HTTPError) -> UnsafeMutablePointer<curl_slist>? {
        // Else curl waits a second for a leave to send the body that many servers never give.
        var list = curl_slist_append(nil, "Expect:")
        for (name, value) in call.headers {
            let line = value.isEmpty ? "\(name);" : "\(name): \(value)"
            guard !line.utf8.contains(where: { $0 < 32 && $0 != 9 }) else {
                curl_slist_free_all(list)
                throw HTTPError(.usage, "the header field \(name) holds a line end or another control character")
            }
            list = curl_slist_append(list, line)
        }
        return list
    }

    private func failure(_ code: CURLcode, url: String, transfer: Transfer) -> HTTPError {
        let place = HTTPClient.withoutSecrets(url)
        if transfer.isTooLong {
            return HTTPError(.failed, "\(place) answered with more than \(settings.bodyLimit) bytes")
        }
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return HTTPError(.timedOut, "\(place) did not answer in time")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return HTTPError(.usage, "'\(place)' is not a web address", hint: "Such as http://localhost:8000/")
        default:
            let reason = String(cString: curl_easy_strerror(code)).lowercased()
            return HTTPError(.unreachable, "\(place): \(reason)")
        }
    }

    /// The address without user, password and query: the places where secrets are kept.
    package static func withoutSecrets(_ url: String) -> String {
        var url = url.prefix { $0 != "?" && $0 != "#" }
        guard let start = url.firstRange(of: "://")?.upperBound else { return String(url) }
        let host = url[start...].prefix { $0 != "/" }
        if let at = host.lastIndex(of: "@") { url.removeSubrange(start...at) }
        return String(url)
    }

    /// Seconds, or a date in any of HTTP's forms (RFC 9110, 10.2.3).
    static func retryAfter(_ text: String) -> Duration? {
        if let seconds = Int64(text) { return seconds >= 0 ? .seconds(seconds) : nil }
        let date = curl_getdate(text, nil)
        guard date >= 0 else { return nil }
        return .seconds(max(0, date - time(nil)))
    }
}
