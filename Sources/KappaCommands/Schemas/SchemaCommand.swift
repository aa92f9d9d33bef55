import KappaArguments

/// `kappa schema …`: the schemas of a registry, and a registry.
enum SchemaCommand {
    static let command = Command(
        family: "schema", section: .log, abstract: "List, check and register schemas; serve a schema registry",
        discussion: """
            A schema registry keeps the schemas of records and gives each a number; records in Avro carry the number \
            instead of the schema. These commands speak Confluent's API, so they work with the registries of \
            Confluent, Redpanda, Karapace and Apicurio, and with 'kappa schema serve'.
            """,
        subcommands: [
            SchemaServeCommand.command, SchemaListCommand.command, SchemaGetCommand.command,
            SchemaRegisterCommand.command, SchemaCheckCommand.command, SchemaDeleteCommand.command,
            SchemaConfigCommand.command,
        ])
}

/// Words that several of the family take.
enum SchemaOptions {
    static let subject = Argument<String>(
        "SUBJECT", type: .string("SUBJECT"), help: "The subject: for the values of a topic, TOPIC-value.")
    static let file = Argument<String>("FILE", type: .file, help: "The file of the schema; '-' is standard input.")
    static let kind = Option<String>(
        "type", placeholder: "TYPE", type: .word(among: ["avro", "json", "protobuf"], "TYPE"), default: "avro",
        settable: false, help: "The language of the schema: avro, json or protobuf.")
}
