import KappaArguments
import KappaCore
import KappaFormats
import KappaTerminal

/// `kappa schema delete SUBJECT`.
enum SchemaDeleteCommand {
    static let version = Option<String?>(
        "version", type: .string("NUMBER"), settable: false, help: "Only this version; latest is the last one.")
    static let permanent = Flag(
        "permanent", help: "Delete for good what was deleted before; records with its number can no longer be read.")

    static let command = Command(
        "delete", aliases: ["rm"], section: .log, abstract: "Delete a subject, or a version of it",
        discussion: """
            What is deleted is no longer listed or compared with; its records can still be read. On a \
            terminal it asks first.
            """,
        parameters: [SchemaOptions.subject, version, permanent, TopicOptions.yes] + RegistryOptions.all,
        examples: [Example("kappa schema delete old-value --yes", "For a script.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let registry = try RegistryOptions.required(context)
        let subject = context[SchemaOptions.subject]
        let what = context[version].map { "version \($0) of '\(subject)'" } ?? "the subject '\(subject)'"
        let how = context[permanent] ? " for good" : ""
        try Confirmation.ask("Delete \(what)\(how)?", isGiven: context[TopicOptions.yes], context)
        let gone = try registry.delete(subject, version: context[version], permanent: context[permanent])
        let numbers = gone.map { "\($0)" }.joined(separator: ", ")
        context.messages.note("deleted \(what)\(how): version\(gone.count == 1 ? "" : "s") \(numbers)")
    }
}
