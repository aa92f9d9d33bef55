import KappaArguments
import KappaCore
import KappaFormats
import KappaTerminal

/// `kappa schema list [SUBJECT…]`.
enum SchemaListCommand {
    static let subjects = Argument<[String]>(
        "SUBJECT", type: .string("SUBJECT"), help: "Only these, each with all its versions.")

    static let command = Command(
        "list", aliases: ["ls"], section: .log, abstract: "List the subjects of a registry, or a subject's versions",
        parameters: [subjects] + RegistryOptions.all + OutputOptions.all,
        examples: [
            Example("kappa schema list", "Every subject with its latest version."),
            Example("kappa schema list monitoring-value", "Its versions."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let registry = try RegistryOptions.required(context)
        let named = context[subjects]
        let columns = [
            Column("subject"), Column("version", align: .right), Column("id", align: .right), Column("type"),
            Column("level"),
        ]
        try context.output.rows("schemas", columns) { rows in
            for subject in try named.isEmpty ? registry.subjects() : named {
                // A registry that tells no level has none to show.
                let level = try? registry.level(subject)
                let versions = try named.isEmpty ? ["latest"] : registry.versions(subject).map { "\($0)" }
                for version in versions {
                    let found = try registry.version(subject, version)
                    try rows.add([
                        .text(subject), found.version.map { .integer(Int64($0)) } ?? .absent,
                        found.id.map { .integer(Int64($0)) } ?? .absent, .text(found.kind),
                        level.map { .text($0) } ?? .absent,
                    ])
                }
            }
        }
    }
}
