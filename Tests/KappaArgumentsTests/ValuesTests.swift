import Testing

@testable import KappaArguments

@Suite struct ValuesTests {
    private func source(_ words: [String: [String]], _ origin: Origin) -> ValueSource {
        ValueSource { option, _ in words[option.name].map { ($0, origin) } }
    }

    @Test func theNearestSourceWins() throws {
        let environment = source(["window": ["5"]], .environment("KAPPA_WINDOW"))
        let file = source(["window": ["6"], "level": ["low"]], .file(path: "a", line: 1, profile: "p"))
        let both = [environment, file]
        let given = try Sample.values("read", "x", "-w4", sources: both)
        #expect(given[Sample.window] == 4)
        #expect(given.origin(of: Sample.window) == .commandLine)
        let fallen = try Sample.values("read", "x", sources: both)
        #expect(fallen[Sample.window] == 5)
        #expect(fallen[Sample.level] == .low)
        #expect(fallen.origin(of: Sample.level).description == "a:1 [profile p]")
        let none = try Sample.values("read", "x")
        #expect(none[Sample.window] == 10)
        #expect(none.origin(of: Sample.window) == .byDefault)
        #expect(!none.isGiven(Sample.window))
    }

    @Test func whatIsNotASettingIsNotAskedFor() throws {
        let everything = ValueSource { _, _ in (["9"], .environment("X")) }
        let values = try Sample.values("read", "x", "--level=low", "--verify", sources: [everything])
        #expect(values[Sample.from] == nil)
        #expect(values[Sample.earliest] == false)
        #expect(values[Sample.window] == 9)
    }

    @Test func theNameInTheEnvironmentFollowsFromTheOption() {
        let option = Option<Int>("max-future", type: .integer(), default: "1", help: "")
        #expect(option.parameter.environmentName == "KAPPA_MAX_FUTURE")
        #expect(Sample.from.parameter.environmentName == nil)
    }

    @Test(arguments: [("yes", true), ("On", true), ("1", true), ("true", true), ("no", false), ("0", false)])
    func flagsAreReadFromWords(word: String, value: Bool) throws {
        #expect(try Sample.verify.parameter.read([word]) as? Bool == value)
    }
}
