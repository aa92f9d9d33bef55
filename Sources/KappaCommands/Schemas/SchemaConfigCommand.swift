import KappaArguments
import KappaCore
import KappaFormats
import KappaTerminal

/// `kappa schema config [SUBJECT]`: how much a new version may differ.
enum SchemaConfigCommand {
    static let subject = Argument<String?>(
        "SUBJECT", type: .string("SUBJECT"),
        help: "The subject; without one, the level of all that have none of their own.")
    static let level = Option<String?>(
        "level",
        type: .word(among: CompatibilityLevel.allCases.map { $0.rawValue.lowercased() }, "LEVEL"), settable: false,
        help: "Set it: none, backward, forward or full; the last three also with _transitive.")

    static let command = Command(
        "config", section: .log, abstract: "Show or set how much a new version of a schema may differ",
        discussion: """
            backward: the new schema reads what the last version wrote. forward: the last version reads what the new \
            schema writes. full: both. With _transitive, all earlier versions count, not the last one alone.
            """,
        parameters: [subject, level] + RegistryOptions.all + OutputOptions.all,
        examples: [Example("kappa schema config monitoring-value --level full_transitive", "For one subject.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let registry = try RegistryOptions.required(context)
        let subject = context[subject]
        if let word = context[level], let level = CompatibilityLevel(rawValue: word.uppercased()) {
            try registry.setLevel(level, subject)
        }
        try context.output.record(
            "level",
            [
                (Column("subject"), subject.map { .text($0) } ?? .absent),
                (Column("level"), .text(try registry.level(subject))),
            ])
        try context.output.flush()
    }
}
