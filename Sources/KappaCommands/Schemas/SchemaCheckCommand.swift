import KappaArguments
import KappaCore
import KappaFormats
import KappaTerminal

/// `kappa schema check SUBJECT FILE`: for a pipeline, before anything is registered.
enum SchemaCheckCommand {
    static let version = Option<String>(
        "version", type: .string("NUMBER"), default: "all", settable: false,
        help: "Compare with this version: a number, latest, or all that the level looks at.")

    static let command = Command(
        "check", section: .log, abstract: "Check whether a schema may become a subject's next version",
        discussion: "Changes nothing. If it may not, the status is 1 and the reasons are listed.",
        parameters: [SchemaOptions.subject, SchemaOptions.file, SchemaOptions.kind, version] + RegistryOptions.all,
        examples: [Example("kappa schema check monitoring-value reading.avsc", "In CI, before it is merged.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let registry = try RegistryOptions.required(context)
        let (subject, kind) = (context[SchemaOptions.subject], context[SchemaOptions.kind].uppercased())
        let text = try SchemaFile.text(context[SchemaOptions.file], kind: kind)
        let version = context[version]
        guard try registry.subjects().contains(subject) else {
            return context.messages.note("'\(subject)' has no version yet; any schema may be its first")
        }
        guard let problems = try registry.problems(subject, text, kind: kind, version: version) else {
            return context.messages.note("the schema may become the next version of '\(subject)'")
        }
        for problem in problems { context.messages.note(problem) }
        throw CommandFailure("the schema may not become the next version of '\(subject)'")
    }
}
