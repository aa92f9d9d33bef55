import CCurl
import Glibc
import KappaCore

/// Gets things over HTTP and HTTPS with libcurl, which knows TLS, proxies and redirects better than we would.
///
/// A client keeps its connection open between calls. It belongs to one thread at a time, and blocks it.
package final class HTTPClient {
    /// A body beyond this is refused, compressed or not.
    package static let bodyLimit = 64 << 20

    private let handle: UnsafeMutableRawPointer
    private let limit: Int

    package init(bodyLimit: Int = HTTPClient.bodyLimit) {
        _ = HTTPClient.library
        guard let handle = curl_easy_init() else { preconditionFailure("libcurl has no memory left") }
        self.handle = handle
        limit = bodyLimit
    }

    deinit { curl_easy_cleanup(handle) }

    /// curl_global_init is not safe on two threads at once; Swift's lazy globals are.
    private static let library = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// The whole answer, whatever its status; throws when there was none within `timeout`.
    package func get(_ url: String, timeout: Duration = .seconds(30)) throws(HTTPError) -> HTTPAnswer {
        let transfer = Transfer(limit: limit)
        curl_easy_reset(handle)
        setOptions(timeout: timeout)
        kappa_curl_set_text(handle, CURLOPT_URL, url)
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        kappa_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        kappa_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        // `transfer` is only borrowed by curl, and must outlive the call.
        let code = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
        guard code == CURLE_OK else { throw failure(code, url: url, transfer: transfer) }
        var status = 0
        kappa_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return HTTPAnswer(
            status: status, headers: transfer.headers, body: transfer.body,
            retryAfter: transfer.headers["retry-after"].flatMap(HTTPClient.retryAfter))
    }

    private func setOptions(timeout: Duration) {
        let milliseconds = max(1, Int(timeout.wholeMilliseconds))
        // Without this, libcurl may raise SIGALRM in a program of many threads.
        kappa_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        kappa_curl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds)
        kappa_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000))
        kappa_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
        kappa_curl_set_long(handle, CURLOPT_MAXREDIRS, 5)
        kappa_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        kappa_curl_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        // Empty means every encoding that this libcurl can undo.
        kappa_curl_set_text(handle, CURLOPT_ACCEPT_ENCODING, "")
        kappa_curl_set_text(handle, CURLOPT_USERAGENT, "kappa")
        kappa_curl_set_writer(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
                .receive(UnsafeRawBufferPointer(start: bytes, count: count))
        }
        kappa_curl_set_writer(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
                .receive(header: UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    private func failure(_ code: CURLcode, url: String, transfer: Transfer) -> HTTPError {
        let place = HTTPClient.withoutSecrets(url)
        if transfer.isTooLong { return HTTPError(.failed, "\(place) answered with more than \(limit) bytes") }
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return HTTPError(.timedOut, "\(place) did not answer in time")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return HTTPError(.usage, "'\(place)' is not an address of the web", hint: "Such as http://localhost:8000/")
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
