import CCurl
import KappaCore

/// Hands a message to a mail server over SMTP, with libcurl.
package struct MailClient: Sendable {
    /// `smtp://host:25`, or `smtps://host:465`.
    package var server: String
    package var from: String
    package var user: String?
    package var password: String?
    package var timeout = Duration.seconds(30)

    package init(server: String, from: String) { (self.server, self.from) = (server, from) }

    /// What is left of a message while libcurl takes it.
    private final class Body {
        var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }

        func read(into room: UnsafeMutableRawBufferPointer) -> Int {
            let count = min(room.count, rest.count)
            room.copyBytes(from: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
    }

    /// Returns once the server has taken the message.
    package func send(to receivers: [String], subject: String, text: String, id: String) throws(HTTPError) {
        for address in receivers + [from] where !MailClient.isPlain(address) {
            throw HTTPError(.usage, "'\(ForeignText.line(address))' is not a mail address")
        }
        _ = HTTPClient.library
        guard let handle = curl_easy_init() else { preconditionFailure("libcurl has no memory left") }
        defer { curl_easy_cleanup(handle) }
        setOptions(handle)
        var list: UnsafeMutablePointer<curl_slist>?
        for receiver in receivers { list = curl_slist_append(list, "<\(receiver)>") }
        defer { curl_slist_free_all(list) }
        kappa_curl_set_pointer(handle, CURLOPT_MAIL_RCPT, list)
        let body = Body(Array(message(receivers, subject, text, id).utf8))
        let code = withExtendedLifetime(body) {
            kappa_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(body).toOpaque())
            kappa_curl_set_writer(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
                Unmanaged<Body>.fromOpaque(context!).takeUnretainedValue()
                    .read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            }
            return curl_easy_perform(handle)
        }
        guard code == CURLE_OK else { throw failure(code, handle) }
    }

    private func setOptions(_ handle: UnsafeMutableRawPointer) {
        kappa_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        kappa_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(timeout.wholeMilliseconds)))
        kappa_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        kappa_curl_set_text(handle, CURLOPT_URL, server)
        // CURLUSESSL_TRY: a server that offers TLS is spoken to over it.
        kappa_curl_set_long(handle, CURLOPT_USE_SSL, 1)
        kappa_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(from)>")
        kappa_curl_set_long(handle, CURLOPT_UPLOAD, 1)
        guard let user else { return }
        // A password goes over TLS or not at all: CURLUSESSL_ALL.
        kappa_curl_set_long(handle, CURLOPT_USE_SSL, 3)
        kappa_curl_set_text(handle, CURLOPT_USERNAME, user)
        kappa_curl_set_text(handle, CURLOPT_PASSWORD, password ?? "")
    }

    /// RFC 5322, with a subject in UTF-8 (RFC 2047) and the text in base64, which no server on the way breaks.
    func message(_ receivers: [String], _ subject: String, _ text: String, _ id: String) -> String {
        let domain = from.split(separator: "@").last.map(String.init) ?? "kappa"
        let lines = [
            "From: kappa <\(from)>", "To: \(receivers.map { "<\($0)>" }.joined(separator: ",\r\n "))",
            "Subject: \(MailClient.words(subject))", "Message-ID: <\(id)@\(domain)>", "X-Kappa-Key: \(id)",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "",
        ]
        let encoded = Base64.text(Array(text.utf8))
        var body: [Substring] = []
        var rest = encoded[...]
        while !rest.isEmpty {
            body.append(rest.prefix(76))
            rest = rest.dropFirst(76)
        }
        return (lines + body.map(String.init)).joined(separator: "\r\n") + "\r\n"
    }

    /// Encoded words, each short enough for a line.
    private static func words(_ text: String) -> String {
        var words: [String] = []
        var part = ""
        for scalar in text.unicodeScalars.prefix(200) {
            if part.utf8.count + 4 > 45 {
                words.append(part)
                part = ""
            }
            part.unicodeScalars.append(scalar)
        }
        if !part.isEmpty { words.append(part) }
        return words.map { "=?utf-8?B?\(Base64.text(Array($0.utf8)))?=" }.joined(separator: "\r\n ")
    }

    /// One @ with something on both sides, and nothing that could begin a header or another command.
    package static func isPlain(_ address: String) -> Bool {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && address.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"<>,;\"\\".utf8.contains($0) }
    }

    private func failure(_ code: CURLcode, _ handle: UnsafeMutableRawPointer) -> HTTPError {
        var answer = 0
        kappa_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &answer)
        let said = answer >= 400 ? ", it said \(answer)" : ""
        let kind: FailureKind = code == CURLE_OPERATION_TIMEDOUT ? .timedOut : .unreachable
        return HTTPError(
            kind,
            "\(HTTPClient.withoutSecrets(server)): \(String(cString: curl_easy_strerror(code)).lowercased())\(said)")
    }
}
