import KappaTestSupport
import Testing

/// An error says what, where, why, and what to do next.
@Suite struct ErrorWordsTests {
    @Test func errorsNameTheNextStep() async throws {
        let folder = try TemporaryDirectory()
        let header = "borehole_number,instrument,unit,alert_above\n"
        try folder.write("site.csv", Array("\(header)BH-1,piezometer,kPa,100\n".utf8))
        // Nobody listens on port 1.
        let cases: [(words: [String], status: Int32, said: String)] = [
            (["alarms", "levels", "BH-2|piezometer", "--register", "site.csv"], 1, "no line of the register matches"),
            (["sink", "sqlite", "--store", "postgres://a@127.0.0.1:1/x"], 2, "'kappa sink postgres' fills it"),
            (["sink", "postgres", "--store", "sqlite:x.db"], 2, "'kappa sink sqlite' fills it"),
            (["query", "--store", "postgres://a@127.0.0.1:1/x"], 3, "--store names another"),
            (["schema", "list", "--registry", "http://127.0.0.1:1"], 3, "'kappa schema serve' serves one"),
            (["simulate", "lines", "--bad", "1%", "-n", "1"], 2, "--bad"),
            (["simulate", "users", "--truth"], 2, "--truth"),
        ]
        for (words, status, said) in cases {
            let result = try await Kappa.run(words, directory: folder.path)
            #expect(result.status == status && result.errors.contains(said), "\(words): \(result.errors)")
            #expect(result.output.isEmpty)
        }
        let known = try await Kappa.run(
            "alarms", "levels", "BH-1|piezometer", "--register", "site.csv", directory: folder.path)
        #expect(known.status == 0 && known.output.contains("alert 100"), "\(known.errors)")
    }
}
