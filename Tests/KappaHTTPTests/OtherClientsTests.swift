import Glibc
import KappaNetwork
import KappaTestSupport
import Testing

@testable import KappaHTTP

/// curl's program and Python's own client as witnesses that are neither ours nor libcurl's callbacks.
@Suite struct OtherClientsTests {
    static func has(_ program: String) -> Bool { access("/usr/bin/\(program)", X_OK) == 0 }

    private static func server(_ tls: TLSContext? = nil) throws -> HTTPServer {
        var settings = HTTPServerSettings()
        settings.isReadOnly = false
        settings.tls = tls
        settings.workers = 2
        return try HTTPServer(listen: ListenAddress(port: 0), settings: settings) { request in
            guard request.path == "/stream" else {
                return HTTPResponse(text: "\(request.method.rawValue) \(request.body.count) \(request.isSecure)")
            }
            return HTTPResponse(
                contentType: "text/plain",
                body: .stream(
                    BodyPipe { pipe in
                        for line in 0..<50_000 { guard pipe.write(Array("\(line)\n".utf8)) else { return } }
                    }))
        }
    }

    @Test(
        .enabled(
            if: OtherClientsTests.has("openssl") && OtherClientsTests.has("curl"), "openssl or curl is not installed"))
    func curlSpeaksTLSWithIt() throws {
        let folder = try TemporaryDirectory()
        let (certificate, key) = ("\(folder.path)/c.pem", "\(folder.path)/k.pem")
        _ = try Subprogram.output(
            of: "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ])
        let server = try Self.server(try TLSContext(certificate: certificate, key: key))
        defer { server.stop() }
        let url = "https://\(server.address)"
        let body = try folder.write("body", String(repeating: "x", count: 900_000))
        let words = ["-sS", "--cacert", certificate, "--max-time", "20"]
        let posted = try Subprogram.output(of: "/usr/bin/curl", words + ["--data-binary", "@\(body)", url + "/"])
        #expect(posted == "POST 900000 true")
        let stream = try Subprogram.output(of: "/usr/bin/curl", words + [url + "/stream"])
        #expect(stream == (0..<50_000).map { "\($0)\n" }.joined())
        let old = try? Subprogram.output(of: "/usr/bin/curl", words + ["--tls-max", "1.1", url + "/"])
        #expect(old == nil, "TLS 1.1 was taken")
        // Our own client trusts it by the same file, and not without.
        var settings = HTTPClientSettings()
        settings.trustedCertificates = certificate
        #expect(try HTTPClient(settings).get(url + "/").status == 200)
        #expect(throws: HTTPError.self) { try HTTPClient().get(url + "/") }
    }

    @Test func pythonSendsChunksAndKeepsItsConnection() throws {
        let server = try Self.server()
        defer { server.stop() }
        let program = """
            import http.client
            connection = http.client.HTTPConnection("\(server.address)", timeout=10)
            for _ in range(3):
                connection.request("PUT", "/", body=iter([b"ab", b"cde"]), encode_chunked=True,
                                   headers={"Transfer-Encoding": "chunked"})
                answer = connection.getresponse()
                assert answer.status == 200 and answer.read() == b"PUT 5 false", answer.status
            connection.request("GET", "/stream")
            assert len(connection.getresponse().read()) == 288890
            connection.request("HEAD", "/")
            answer = connection.getresponse()
            assert answer.read() == b"" and answer.getheader("Content-Length") == "12"
            print("good")
            """
        #expect(try Subprogram.output(of: "/usr/bin/env", ["python3", "-c", program]) == "good\n")
    }
}
