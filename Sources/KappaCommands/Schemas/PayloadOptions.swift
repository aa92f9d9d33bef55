import KappaArguments
import KappaCore
import KappaFormats

/// What the values of a topic are written in: JSON, or Avro with a registry or a schema from a file.
enum PayloadOptions {
    static let schema = Option<String?>(
        "schema", placeholder: "FILE", type: .file, settable: false, section: RegistryOptions.section,
        help: "The values are Avro, written by the schema in this file.",
        discussion: """
            With --registry, values are read by what wrote them and given as this schema sees them: fields under their \
            new names, defaults for those that were not written.
            """)
    static let framing = Option<String?>(
        "framing", type: .word(among: AvroPayload.Framing.allCases.map(\.rawValue), "FORM"), settable: false,
        section: RegistryOptions.section,
        help: "What stands before an Avro value: registry, object or bare (nothing).",
        discussion: """
            registry: a zero and the schema's number in the registry, as with --registry. object: Avro's single-object \
            form, which bears the schema's fingerprint. bare: nothing, as with --schema alone.
            """)

    static let reading: [any ParameterKey] = [schema, framing] + RegistryOptions.all

    /// - Parameter isPatient: a registry that is away is asked for two minutes before that ends the command.
    static func payload(_ context: CommandContext, isPatient: Bool = false) throws -> Payload {
        let registry = try RegistryOptions.registry(context, isPatient: isPatient)
        let schema = try context[schema].map { try SchemaFile.avro($0) }
        guard registry != nil || schema != nil else {
            guard context[framing] == nil else {
                throw UsageError("--framing says how Avro values begin, and goes with --registry or --schema")
            }
            return .json
        }
        let framing = AvroPayload.Framing(rawValue: context[framing] ?? (registry == nil ? "bare" : "registry"))
        guard framing != .bare || schema != nil else {
            throw UsageError("bare values do not name their schema", hint: "name it with --schema FILE")
        }
        let isMeant = schema != nil || context.values.origin(of: RegistryOptions.url) == .commandLine
        return .avro(
            AvroPayload(
                framing: framing ?? .registry, schema: schema, registry: registry, passesPlain: !isMeant))
    }
}
