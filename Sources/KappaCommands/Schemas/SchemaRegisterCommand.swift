import KappaArguments
import KappaCore
import KappaFormats
import KappaTerminal

/// `kappa schema register SUBJECT FILE`.
enum SchemaRegisterCommand {
    static let command = Command(
        "register", section: .log, abstract: "Register a schema as a subject's next version",
        discussion: "A schema that is registered already keeps its version and its number.",
        parameters: [SchemaOptions.subject, SchemaOptions.file, SchemaOptions.kind] + RegistryOptions.all
            + OutputOptions.all,
        examples: [Example("kappa schema register monitoring-value reading.avsc", "For the values of 'monitoring'.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let registry = try RegistryOptions.required(context)
        let (subject, kind) = (context[SchemaOptions.subject], context[SchemaOptions.kind].uppercased())
        let text = try SchemaFile.text(context[SchemaOptions.file], kind: kind)
        let id = try registry.register(subject, text, kind: kind)
        let found = try registry.find(subject, text, kind: kind)
        try context.output.record(
            "schema",
            [
                (Column("subject"), .text(subject)),
                (Column("version"), found.version.map { .integer(Int64($0)) } ?? .absent),
                (Column("id"), .integer(Int64(id))),
            ])
        try context.output.flush()
    }
}

/// A schema in a file.
enum SchemaFile {
    /// Its text; what is no schema of its kind is refused before anybody is asked.
    static func text(_ path: String, kind: String) throws -> String {
        let text = try TextFile.read(path, as: "the schema")
        if kind == "AVRO" { _ = try parse(text, path) }
        return text
    }

    static func avro(_ path: String) throws -> AvroSchema {
        try parse(try TextFile.read(path, as: "the schema"), path)
    }

    private static func parse(_ text: String, _ path: String) throws -> AvroSchema {
        do { return try AvroSchema(parsing: text) } catch {
            throw CommandFailure("\(path) is no Avro schema: \(error)", kind: .usage)
        }
    }
}
