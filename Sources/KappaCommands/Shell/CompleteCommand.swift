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
        guard let names = try? names(context[kind], context[words]) else { return }
        for name in names.sorted() where !name.contains(where: \.isWhitespace) { try context.output.line(name) }
        try context.output.flush()
        // A client that is still connecting is left where it stands.
        _exit(0)
    }

    private static func endSoon() {
        signal(SIGALRM) { _ in _exit(0) }
        var timer = itimerval()
        timer.it_value.tv_usec = 280_000
        setitimer(ITIMER_REAL, &timer, nil)
    }

    private static func names(_ kind: String, _ words: [String]) throws -> [String] {
        switch kind {
        case "profiles": return Settings.load().profiles
        case "commands": return CommandRegistry.all.filter { !$0.isHidden }.map(\.name) + HelpTopic.all.map(\.name)
        case "topics": return try admin(words).topics(timeout: .milliseconds(250)).map(\.name)
        case "groups": return try admin(words).listGroups().map(\.name)
        default: return []
        }
    }

    /// The connection that the words so far describe; words that are still wrong are left out.
    private static func connection(_ words: [String]) throws -> BrokerConnection {
        let root = Command("kappa", abstract: "", parameters: CommonOptions.all + BrokerOptions.all, action: nil)
        let kept = BrokerWords.among(words)
        let invocation = try Parser.parse(kept, root: root)
        let settings = Settings.load()
        let values = try Values(invocation, sources: settings.sources(profile: try settings.profile(invocation)))
        return try BrokerConnection(values, Messages(level: .quiet, terminal: .plain))
    }
}
