import KappaCore
import Testing

@testable import KappaHTTP

@Suite struct MetricsPageTests {
    /// The form of Prometheus' own documentation, "Text-based format".
    @Test func figuresAreWrittenAsPrometheusReadsThem() {
        var page = MetricsPage()
        page.add("kappa_records_total", .counter, "Records read.", [([("topic", "a\"b\\c\nd")], 3), ([], 0.5)])
        page.add("kappa_up", .gauge, "Whether it\nruns.", 1)
        page.add("kappa_none", .gauge, "Left out.", [])
        let expected = """
            # HELP kappa_records_total Records read.
            # TYPE kappa_records_total counter
            kappa_records_total{topic="a\\"b\\\\c\\nd"} 3
            kappa_records_total 0.5
            # HELP kappa_up Whether it\\nruns.
            # TYPE kappa_up gauge
            kappa_up 1

            """
        #expect(page.text == expected)
    }

    @Test func theServerAnswersAtMetrics() throws {
        let server = try MetricsPage.serve(ListenAddress(port: 0)) {
            var page = MetricsPage()
            page.add("kappa_up", .gauge, "Whether it runs.", .infinity)
            return page
        }
        defer { server.stop() }
        let answer = try HTTPClient().get("http://\(server.address)/metrics")
        #expect(String(decoding: answer.body, as: UTF8.self).hasSuffix("kappa_up +Inf\n"))
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        let missing = try HTTPClient().get("http://\(server.address)/x")
        #expect(missing.status == 404)
    }
}
