import Testing

@testable import KappaBroker

/// Expectations are those of RE2's and Java's documentation.
@Suite struct LinearPatternTests {
    @Test(arguments: [
        ("a.c", "abc", true), ("a.c", "ac", false), ("site-.*", "site-7", true), ("site-.*", "my-site-7", false),
        ("(foo|bar)+", "foobarfoo", true), ("(foo|bar)+", "fooba", false), ("[a-c]{2,3}", "abc", true),
        ("[a-c]{2,3}", "abca", false), ("[^0-9]+", "abc", true), ("[^0-9]+", "a1c", false), (#"\d{4}"#, "2024", true),
        (#"a\.b"#, "a.b", true), (#"a\.b"#, "axb", false), ("^whole$", "whole", true), ("a?b*", "", true),
        ("(?:ab)*?", "abab", true), ("[]a]+", "]a", true), ("x|", "", true), ("[a-]+", "-a", true),
    ])
    func aPatternFitsTheWholeText(_ pattern: String, _ text: String, _ fits: Bool) throws {
        #expect(try #require(LinearPattern(pattern)).matches(text) == fits)
    }

    @Test(arguments: ["(", "a)", "[a", "*a", "a{2", "a{3,2}", #"\"#, "[b-a]", "a{1001}", "((a{1000}){1000}){1000}"])
    func whatIsNoPatternIsRefused(_ pattern: String) {
        #expect(LinearPattern(pattern) == nil)
    }

    /// A backtracking matcher would take longer than the test may: the states are walked side by side.
    @Test(.timeLimit(.minutes(1)))
    func nestedRepetitionsTakeNoLonger() throws {
        let pattern = try #require(LinearPattern("(a*)*(a|aa)+b"))
        #expect(!pattern.matches(String(repeating: "a", count: 2000)))
    }

    @Test func deepNestingIsRefused() {
        #expect(LinearPattern(String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000)) == nil)
    }
}
