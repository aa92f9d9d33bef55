import KappaArguments
import KappaCore
import KappaSimulation

/// `kappa simulate users` and `kappa simulate lines`: food for jobs of another kind.
enum SimulateTextCommand {
    static let users = Command(
        "users", section: .pipeline, abstract: "Print random people with nested fields, one JSON object a line",
        discussion: "One a second, or at --rate; with --count and no --rate, as fast as they are read.",
        examples: [
            Example("kappa simulate users --count 1", "One person."),
            Example("kappa simulate users --rate 10/s", "Ten people a second."),
        ],
        without: SimulateOptions.ofReadings + [SimulateOptions.truth],
        run: runUsers)

    static let lines = Command(
        "lines", section: .pipeline, abstract: "Print random sentences, one a line",
        discussion: "One a second, or at --rate; with --count and no --rate, as fast as they are read.",
        examples: [
            Example("kappa simulate lines --count 10 --seed 1", "Ten sentences, always the same.")
        ],
        without: SimulateOptions.ofReadings + [SimulateOptions.truth],
        run: runLines)

    private static func runUsers(_ context: CommandContext) throws {
        var people = PeopleGenerator(seed: try prepare(context))
        try pump(context).run { people.append(to: $1) }
    }

    private static func runLines(_ context: CommandContext) throws {
        var sentences = SentenceGenerator(seed: try prepare(context))
        try pump(context).run { sentences.append(to: $1) }
    }

    /// The seed, once it is sure that nothing was asked for that only a site has.
    private static func prepare(_ context: CommandContext) throws -> UInt64 {
        try SimulateOptions.refuse(
            SimulateOptions.all.dropFirst(SimulateOptions.pace.count), context,
            because: "it is about the readings of a site")
        return SimulateOptions.seed(context)
    }

    private static func pump(_ context: CommandContext) throws -> LinePump {
        SimulateCommand.pump(try SimulateCommand.pace(context, usual: 1000), context)
    }
}

extension SimulateOptions {
    /// An option that would do nothing is refused on the command line, rather than ignored.
    static func refuse(
        _ options: some Sequence<any ParameterKey>, _ context: CommandContext, because reason: String
    ) throws {
        for option in options where context.values.origin(of: option) == .commandLine {
            throw UsageError("--\(option.parameter.name) does not go with '\(context.name)': \(reason)")
        }
    }
}
