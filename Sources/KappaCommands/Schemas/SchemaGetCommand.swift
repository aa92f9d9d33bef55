import KappaArguments
import KappaCore
import KappaFormats
import KappaTerminal

/// `kappa schema get SUBJECT|ID`.
enum SchemaGetCommand {
    static let name = Argument<String>(
        "SUBJECT|ID", type: .string("SUBJECT|ID"), help: "A subject, or the number that records carry.")
    static let version = Option<String>(
        "version", type: .string("NUMBER"), default: "latest", settable: false, help: "Which version of the subject.")

    static let command = Command(
        "get", section: .log, abstract: "Print a schema",
        parameters: [name, version] + RegistryOptions.all,
        examples: [
            Example("kappa schema get monitoring-value", "The latest version."),
            Example("kappa schema get 7", "The schema with the number 7."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let registry = try RegistryOptions.required(context)
        let name = context[name]
        let found: RegisteredSchema
        if let id = Int32(name), !context.isGiven(version) {
            found = try registry.registered(id: id)
        } else {
            found = try registry.version(name, context[version])
        }
        try context.output.write("\(found.text)\n")
        try context.output.flush()
    }
}
