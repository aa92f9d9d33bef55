import Glibc
import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStores
import KappaStreams
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
        case "instruments": return (try? held("instrument", words, root)) ?? StandardTopics.instruments
        case "boreholes": return try held("boreholenumber", words, root)
        case "aggregates": return listed(KappaStreams.Aggregate.allCases.map(\.rawValue), words.last ?? "")
        case "generations": return try generations(words, root)
        default: return []
        }
    }

    /// A list whose last word is being typed: what stands before it stays.
    private static func listed(_ names: [String], _ word: String) -> [String] {
        let parts = word.split(separator: ",", omittingEmptySubsequences: false).dropLast().map(String.init)
        let head = parts.map { $0 + "," }.joined()
        return names.filter { !parts.contains($0) }.map { head + $0 }
    }

    /// What the rows of the store have in this column.
    private static func held(_ column: String, _ words: [String], _ root: Command) throws -> [String] {
        let context = try CommandContext(try values(words, root))
        let store = try StoreAddress.chosen(context).open(for: .reading)
        let named = context.values.declares(QueryCommand.view) ? context[QueryCommand.view] : nil
        let view = try named.map { try ViewName(word: $0) } ?? ViewName.chosen(context, QueryCommand.table)
        let question = ViewQuestion.buckets(ViewQuery(now: .now), Grouping(dimensions: [.field(column)]), [.rows])
        let cursor = try store.answer(question, of: view)
        var names: [String] = []
        while let row = try cursor.next() { names.append(row[0].string) }
        return names
    }

    private static func generations(_ words: [String], _ root: Command) throws -> [String] {
        let context = try CommandContext(try values(words, root))
        var kafka = try BrokerConnection(context.values, context.messages).configuration
        kafka.timeout = .milliseconds(250)
        return try ControlLog(context[GenerationOptions.job], kafka).generations.map { String($0.number) }
    }

    /// A client for the connection that the words so far describe; the words may be unfinished and wrong.
    private static func client(_ words: [String], _ root: Command) throws -> KafkaClient {
        let quiet = Messages(level: .quiet, terminal: .plain)
        var configuration = try BrokerConnection(try values(words, root), quiet).configuration
        configuration.timeout = .milliseconds(250)
        return try KafkaClient(configuration)
    }

    private static func values(_ words: [String], _ root: Command) throws -> Values {
        let places: [any ParameterKey] = [QueryCommand.table, GenerationOptions.job]
        let root = Command(
            root.name, abstract: "",
            parameters: CommonOptions.all + BrokerOptions.all + StoreOptions.all + OutputOptions.all + places,
            action: nil)
        let invocation = try Parser.parse(connectionWords(words), root: root)
        let settings = Settings.load()
        return try Values(invocation, sources: settings.sources(profile: try settings.profile(invocation)))
    }

    /// The options of the connection, with their values.
    private static func connectionWords(_ words: [String]) -> [String] {
        let keys: [any ParameterKey] = [
            BrokerOptions.brokers, BrokerOptions.properties, BrokerOptions.propertyFiles, CommonOptions.profile,
            StoreOptions.store, QueryCommand.table, GenerationOptions.job,
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
