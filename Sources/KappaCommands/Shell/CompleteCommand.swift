import Glibc
import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

/// `kappa __complete KIND -- WORDS…`: the names that a shell offers, one on each line.
///
/// A shell waits for this, so it ends within 300 milliseconds whatever happens, and it never says a word of an error.
enum CompleteCommand {
    static let kind = Argument<String>("KIND", type: .string("KIND"), help: "What to list.")
    static let words = Argument<[String]>("WORD", type: .string("WORD"), help: "The command line so far.")

    static let command = Command(
        "__complete", abstract: "List names for the completion scripts", parameters: [kind, words],
        examples: [Example("kappa __complete topics -- topics delete", "The names of the topics.")], hidden: true
    ) { context in
        endSoon()
        guard let names = try? names(context[kind], context[words], context.root) else { return }
        for name in names.sorted() where !name.contains(where: \.isWhitespace) { try context.output.line(name) }
        try context.output.flush()
        // A client that is still connecting is left where it stands.
        _exit(0)
    }

    private static func endSoon() {
        signal(SIGALRM) { _ in _exit(0) }
        ualarm(280_000, 0)
    }

    private static func names(_ kind: String, _ words: [String], _ root: Command) throws -> [String] {
        switch kind {
        case "profiles": return Settings.load().profiles
        case "commands": return root.subcommands.filter { !$0.isHidden }.map(\.name) + HelpTopic.all.map(\.name)
        case "topics": return try client(words, root).metadata().topics.filter { !$0.isInternal }.map(\.name)
        case "groups": return try client(words, root).listGroups().map(\.name)
        default: return []
        }
    }

    /// A client for the connection that the words so far describe; the words may be unfinished and wrong.
    private static func client(_ words: [String], _ root: Command) throws -> KafkaClient {
        let root = Command(
            root.name, abstract: "", parameters: CommonOptions.all + BrokerOptions.all, action: nil)
        let invocation = try Parser.parse(connectionWords(words), root: root)
        let settings = Settings.load()
        let values = try Values(invocation, sources: settings.sources(profile: try settings.profile(invocation)))
        var configuration = try BrokerConnection(values, Messages(level: .quiet, terminal: .plain)).configuration
        configuration.timeout = .milliseconds(250)
        return try KafkaClient(configuration)
    }

    /// The options of the connection, with their values.
    private static func connectionWords(_ words: [String]) -> [String] {
        let keys: [any ParameterKey] = [
            BrokerOptions.brokers, BrokerOptions.properties, BrokerOptions.propertyFiles, CommonOptions.profile,
        ]
        let spellings = keys.flatMap(\.parameter.spellings)
        var kept: [String] = []
        for (index, word) in words.enumerated() {
            if spellings.contains(String(word.prefix { $0 != "=" })) && word.contains("=") {
                kept.append(word)
            } else if spellings.contains(word), index + 2 < words.count {
                // Bash parts `--name=value` into three words.
                kept += [word, words[index + 1] == "=" ? words[index + 2] : words[index + 1]]
            }
        }
        return kept
    }
}
