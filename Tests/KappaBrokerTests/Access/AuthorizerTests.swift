import KappaCore
import Testing

@testable import KappaBroker

/// Kafka's rules of access, case by case (its documentation, "Authorization and ACLs", and KIP-290 for prefixes).
@Suite struct AuthorizerTests {
    private static func rule(_ words: String) -> AccessRule {
        // As in the file, with the host where it is not *.
        let all = words.split(separator: " ").count == 6 ? words + " *" : words
        guard let rule = AccessRule(line: all[...]) else { fatalError("'\(words)' is no rule") }
        return rule
    }

    struct Case: CustomTestStringConvertible {
        var rules: [String]
        var asks: String
        var isAllowed: Bool
        var testDescription: String { "\(rules) → \(asks)" }

        init(_ rules: [String], _ asks: String, _ isAllowed: Bool) {
            (self.rules, self.asks, self.isAllowed) = (rules, asks, isAllowed)
        }
    }

    /// What is asked: operation, kind, name, user, and the host where it is not 10.0.0.1.
    private static func allows(_ authorizer: Authorizer, _ words: String) throws -> Bool {
        let parts = words.split(separator: " ").map(String.init)
        let operation = try #require(AccessOperation.allCases.first { $0.word == parts[0] })
        let kind = try #require(ResourceKind.allCases.first { $0.word == parts[1] })
        let client = Client(principal: "User:\(parts[3])", host: parts.count > 4 ? parts[4] : "10.0.0.1")
        return authorizer.allows(operation, on: Resource(kind: kind, name: parts[2]), by: client)
    }

    static let cases = [
        // Nothing is allowed by itself.
        Case([], "READ TOPIC t ann", false),
        Case(["ALLOW READ TOPIC LITERAL t User:ann"], "READ TOPIC t ann", true),
        Case(["ALLOW READ TOPIC LITERAL t User:ann"], "WRITE TOPIC t ann", false),
        Case(["ALLOW READ TOPIC LITERAL t User:ann"], "READ TOPIC t bob", false),
        Case(["ALLOW READ TOPIC LITERAL t User:ann"], "READ TOPIC t2 ann", false),
        Case(["ALLOW READ TOPIC LITERAL t User:ann"], "READ GROUP t ann", false),
        // All names, all users, all operations.
        Case(["ALLOW READ TOPIC LITERAL * User:ann"], "READ TOPIC anything ann", true),
        Case(["ALLOW READ TOPIC LITERAL * User:ann"], "READ GROUP anything ann", false),
        Case(["ALLOW READ TOPIC LITERAL t User:*"], "READ TOPIC t bob", true),
        Case(["ALLOW READ TOPIC LITERAL t User:*"], "READ TOPIC t ANONYMOUS", true),
        Case(["ALLOW ALL TOPIC LITERAL t User:ann"], "ALTER_CONFIGS TOPIC t ann", true),
        // Prefixes.
        Case(["ALLOW READ TOPIC PREFIXED site- User:ann"], "READ TOPIC site-7 ann", true),
        Case(["ALLOW READ TOPIC PREFIXED site- User:ann"], "READ TOPIC site- ann", true),
        Case(["ALLOW READ TOPIC PREFIXED site- User:ann"], "READ TOPIC site ann", false),
        Case(["ALLOW READ TOPIC PREFIXED site- User:ann"], "READ TOPIC my-site-7 ann", false),
        Case(["ALLOW READ TOPIC PREFIXED * User:ann"], "READ TOPIC t ann", false),
        Case(["ALLOW READ TOPIC LITERAL site- User:ann"], "READ TOPIC site-7 ann", false),
        // Deny before allow, however exact they are.
        Case(["ALLOW READ TOPIC LITERAL t User:ann", "DENY READ TOPIC LITERAL t User:ann"], "READ TOPIC t ann", false),
        Case(["ALLOW READ TOPIC LITERAL t User:ann", "DENY READ TOPIC LITERAL * User:*"], "READ TOPIC t ann", false),
        Case(["ALLOW ALL TOPIC LITERAL t User:ann", "DENY READ TOPIC PREFIXED t User:*"], "READ TOPIC t ann", false),
        Case(["ALLOW ALL TOPIC LITERAL t User:ann", "DENY READ TOPIC LITERAL t User:ann"], "WRITE TOPIC t ann", true),
        Case(["ALLOW ALL TOPIC LITERAL t User:*", "DENY ALL TOPIC LITERAL t User:bob"], "READ TOPIC t ann", true),
        Case(["ALLOW ALL TOPIC LITERAL t User:*", "DENY ALL TOPIC LITERAL t User:bob"], "READ TOPIC t bob", false),
        // Hosts.
        Case(["ALLOW READ TOPIC LITERAL t User:ann 10.0.0.1"], "READ TOPIC t ann", true),
        Case(["ALLOW READ TOPIC LITERAL t User:ann 10.0.0.1"], "READ TOPIC t ann 10.0.0.2", false),
        Case(
            ["ALLOW READ TOPIC LITERAL t User:ann", "DENY READ TOPIC LITERAL t User:ann 10.0.0.2"],
            "READ TOPIC t ann 10.0.0.2", false),
        // Implied operations, of what is allowed only.
        Case(["ALLOW READ TOPIC LITERAL t User:ann"], "DESCRIBE TOPIC t ann", true),
        Case(["ALLOW WRITE TOPIC LITERAL t User:ann"], "DESCRIBE TOPIC t ann", true),
        Case(["ALLOW DELETE TOPIC LITERAL t User:ann"], "DESCRIBE TOPIC t ann", true),
        Case(["ALLOW ALTER TOPIC LITERAL t User:ann"], "DESCRIBE TOPIC t ann", true),
        Case(["ALLOW CREATE TOPIC LITERAL t User:ann"], "DESCRIBE TOPIC t ann", false),
        Case(["ALLOW ALTER_CONFIGS TOPIC LITERAL t User:ann"], "DESCRIBE_CONFIGS TOPIC t ann", true),
        Case(["ALLOW ALTER_CONFIGS TOPIC LITERAL t User:ann"], "DESCRIBE TOPIC t ann", false),
        Case(["ALLOW DESCRIBE_CONFIGS TOPIC LITERAL t User:ann"], "ALTER_CONFIGS TOPIC t ann", false),
        Case(["ALLOW ALTER TOPIC LITERAL t User:ann"], "ALTER_CONFIGS TOPIC t ann", false),
        Case(
            ["ALLOW DESCRIBE TOPIC LITERAL t User:ann", "DENY READ TOPIC LITERAL t User:ann"],
            "DESCRIBE TOPIC t ann", true),
        Case(
            ["ALLOW READ TOPIC LITERAL t User:ann", "DENY DESCRIBE TOPIC LITERAL t User:ann"],
            "DESCRIBE TOPIC t ann", false),
        Case(
            ["ALLOW READ TOPIC LITERAL t User:ann", "DENY DESCRIBE TOPIC LITERAL t User:ann"], "READ TOPIC t ann",
            true),
        // Whoever is a super user may do everything.
        Case(["DENY ALL TOPIC LITERAL * User:*"], "READ TOPIC t root", true),
        Case([], "ALTER CLUSTER kafka-cluster root", true),
        Case([], "ALTER CLUSTER kafka-cluster Root", false),
    ]

    @Test(arguments: cases) func ruleDecidesAsKafkasDoes(_ one: Case) throws {
        let authorizer = Authorizer(superUsers: ["User:root"], rules: one.rules.map(AuthorizerTests.rule))
        #expect(try AuthorizerTests.allows(authorizer, one.asks) == one.isAllowed)
    }

    /// `allow.everyone.if.no.acl.found`: any rule about a thing closes it to all whom no rule lets in.
    @Test func whatNoRuleIsAboutMayBeOpen() throws {
        let authorizer = Authorizer(
            allowsWithoutRules: true,
            rules: [
                AuthorizerTests.rule("ALLOW READ TOPIC LITERAL t User:ann"),
                AuthorizerTests.rule("DENY READ TOPIC PREFIXED p User:bob"),
            ])
        #expect(try AuthorizerTests.allows(authorizer, "READ TOPIC other bob"))
        #expect(try AuthorizerTests.allows(authorizer, "READ GROUP t bob"))
        #expect(try !AuthorizerTests.allows(authorizer, "READ TOPIC t bob"))
        #expect(try !AuthorizerTests.allows(authorizer, "WRITE TOPIC t ann"))
        #expect(try !AuthorizerTests.allows(authorizer, "READ TOPIC p1 ann"))
    }

    @Test func ruleThatIsTakenAwayIsForgottenWhole() throws {
        var authorizer = Authorizer()
        let rules = [
            "ALLOW READ TOPIC LITERAL t User:ann", "ALLOW READ TOPIC PREFIXED ab User:ann",
            "ALLOW READ TOPIC PREFIXED ac User:ann",
        ].map(AuthorizerTests.rule)
        for rule in rules { #expect(authorizer.add(rule) && !authorizer.add(rule)) }
        authorizer.remove(rules[1])
        #expect(try !AuthorizerTests.allows(authorizer, "READ TOPIC ab1 ann"))
        #expect(try AuthorizerTests.allows(authorizer, "READ TOPIC ac1 ann"))
        for rule in rules { authorizer.remove(rule) }
        #expect(authorizer.rules.isEmpty)
        #expect(try !AuthorizerTests.allows(authorizer, "READ TOPIC t ann"))
        #expect(try !AuthorizerTests.allows(authorizer, "READ TOPIC ac1 ann"))
    }

    /// Kafka's `authorizeByResourceType`, which a producer without a transactional id is let in by.
    static let someCases: [([String], Bool)] = [
        ([], false),
        (["ALLOW WRITE TOPIC LITERAL t User:ann"], true),
        (["ALLOW ALL TOPIC LITERAL t User:ann"], true),
        (["ALLOW READ TOPIC LITERAL t User:ann"], false),
        (["ALLOW WRITE GROUP LITERAL t User:ann"], false),
        (["ALLOW WRITE TOPIC LITERAL * User:*"], true),
        (["ALLOW WRITE TOPIC LITERAL t User:ann 10.0.0.9"], false),
        (["ALLOW WRITE TOPIC LITERAL t User:ann", "DENY WRITE TOPIC LITERAL t User:ann"], false),
        (["ALLOW WRITE TOPIC LITERAL t User:ann", "DENY WRITE TOPIC LITERAL u User:ann"], true),
        (["ALLOW WRITE TOPIC LITERAL t User:ann", "DENY ALL TOPIC LITERAL * User:*"], false),
        (["ALLOW WRITE TOPIC LITERAL abc User:ann", "DENY WRITE TOPIC PREFIXED ab User:ann"], false),
        (["ALLOW WRITE TOPIC PREFIXED abc User:ann", "DENY WRITE TOPIC PREFIXED ab User:ann"], false),
        (["ALLOW WRITE TOPIC PREFIXED a User:ann", "DENY WRITE TOPIC PREFIXED ab User:ann"], true),
        (["ALLOW WRITE TOPIC PREFIXED abc User:ann", "DENY WRITE TOPIC LITERAL abc User:ann"], true),
    ]

    @Test(arguments: someCases) func someTopicMayBeWrittenTo(_ rules: [String], _ isAllowed: Bool) {
        let client = Client(principal: "User:ann", host: "10.0.0.1")
        let authorizer = Authorizer(superUsers: ["User:root"], rules: rules.map(AuthorizerTests.rule))
        #expect(authorizer.allowsSome(.write, of: .topic, by: client) == isAllowed)
        #expect(authorizer.allowsSome(.write, of: .topic, by: Client(principal: "User:root", host: "10.0.0.1")))
    }

    @Test func ruleComesBackFromItsLineWhateverItsNames() throws {
        for name in ["plain", "", " ", "%", "a b\n%41", "ü–€", "\u{1B}[2J", "User:x y"] {
            let rule = AccessRule(
                kind: .group, name: name, pattern: .prefixed, principal: "User:\(name)", host: name, operation: .read,
                permission: .deny)
            #expect(!rule.line.contains("\n") && rule.line.utf8.allSatisfy { $0 < 127 })
            #expect(AccessRule(line: rule.line[...]) == rule)
        }
        for line in [
            "", "ALLOW READ TOPIC LITERAL t User:ann", "MAY READ TOPIC LITERAL t User:ann *",
            "ALLOW READ TOPIC LITERAL %4 User:ann *",
        ] {
            #expect(AccessRule(line: line[...]) == nil)
        }
    }

    /// Filters of Kafka's requests: MATCH finds all that is about a name.
    @Test func filterFindsWhatItNames() throws {
        let rules = [
            "ALLOW READ TOPIC LITERAL site-7 User:ann", "ALLOW READ TOPIC PREFIXED site- User:ann",
            "ALLOW READ TOPIC LITERAL * User:ann", "DENY WRITE GROUP LITERAL site-7 User:bob",
        ].map(AuthorizerTests.rule)
        func found(_ pattern: AccessFilter.Pattern, _ name: String?, kind: ResourceKind? = .topic) -> [Int] {
            var filter = AccessFilter()
            (filter.kind, filter.pattern, filter.name) = (kind, pattern, name)
            return rules.indices.filter { filter.fits(rules[$0]) }
        }
        #expect(found(.any, nil, kind: nil) == [0, 1, 2, 3])
        #expect(found(.any, "site-7") == [0])
        #expect(found(.any, "site-7", kind: nil) == [0, 3])
        #expect(found(.match, "site-7") == [0, 1, 2])
        #expect(found(.match, "site") == [2])
        #expect(found(.only(.prefixed), nil) == [1])
        #expect(found(.only(.literal), "*") == [2])
        #expect(found(.only(.literal), "site-") == [])
    }
}
