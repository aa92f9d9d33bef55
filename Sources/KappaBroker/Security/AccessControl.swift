import KappaCore

/// The rules of access that are in force, kept in one small file of the data folder.
final class AccessControl {
    static let fileName = "acls"

    private let file: SummedFile
    private(set) var authorizer: Authorizer

    /// Nil where nothing is forbidden: no super users were named, and no rules are kept. Rules that were made stay in
    /// force however the broker is started.
    init?(_ configuration: BrokerConfiguration) throws(BrokerError) {
        file = SummedFile(AccessControl.fileName, in: configuration.dataDirectory)
        let kept = try AccessControl.read(file)
        guard configuration.superUsers != nil || !kept.isEmpty else { return nil }
        authorizer = Authorizer(
            superUsers: Set((configuration.superUsers ?? []).map { "User:\($0)" }),
            allowsWithoutRules: configuration.allowsWithoutRules, rules: kept)
    }

    /// Rules in the order of their words.
    var rules: [AccessRule] { authorizer.rules.sorted { $0.line < $1.line } }

    /// Adds rules and writes them down, all of them or none.
    func add(_ rules: [AccessRule]) throws(BrokerError) {
        var next = authorizer
        var isNew = false
        for rule in rules where next.add(rule) { isNew = true }
        if isNew { try keep(next) }
    }

    func remove(_ rules: some Sequence<AccessRule>) throws(BrokerError) {
        var next = authorizer
        for rule in rules { next.remove(rule) }
        if next.rules.count < authorizer.rules.count { try keep(next) }
    }

    /// What the operator should know when the rules come into force unasked.
    func atStart(_ configuration: BrokerConfiguration) -> String? {
        guard configuration.superUsers == nil else { return nil }
        let rules = authorizer.rules.count == 1 ? "one rule of access" : "\(authorizer.rules.count) rules of access"
        let who = configuration.usersFile == nil ? "; nobody signs in, so all clients are \(Client.anonymous)" : ""
        return "the data folder has \(rules), in force without super users (--super-users names some)\(who)"
    }

    private func keep(_ next: Authorizer) throws(BrokerError) {
        try file.write(next.rules.map { $0.line + "\n" }.sorted().joined())
        authorizer = next
    }

    /// What stands in the file. A rule that cannot be read is not left out: it may be one that denies.
    static func read(_ file: SummedFile) throws(BrokerError) -> [AccessRule] {
        guard let text = try file.read() else { return [] }
        var rules: [AccessRule] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            guard let rule = AccessRule(line: line) else {
                throw BrokerError(
                    "\(file.path): line \(number + 1) is no rule of access: '\(line)'",
                    hint: "Mend or delete the line: permission operation kind pattern name principal host.")
            }
            rules.append(rule)
        }
        return rules
    }
}

extension AccessRule {
    /// As it stands in the file: `ALLOW WRITE TOPIC LITERAL monitoring User:logger *`.
    var line: String {
        [
            permission.word, operation.word, kind.word, pattern.word, FileWord.encode(name),
            FileWord.encode(principal), FileWord.encode(host),
        ].joined(separator: " ")
    }

    init?(line: Substring) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 7,
            let permission = Permission.allCases.first(where: { $0.word == words[0] }),
            let operation = AccessOperation.allCases.first(where: { $0.word == words[1] }),
            let kind = ResourceKind.allCases.first(where: { $0.word == words[2] }),
            let pattern = PatternKind.allCases.first(where: { $0.word == words[3] }),
            let name = FileWord.decode(words[4]), let principal = FileWord.decode(words[5]),
            let host = FileWord.decode(words[6])
        else { return nil }
        self.init(
            kind: kind, name: name, pattern: pattern, principal: principal, host: host, operation: operation,
            permission: permission)
    }
}
