import Glibc
import KappaArguments
import KappaCore
import KappaFormats
import KappaJobs

/// What `kappa produce` writes values in.
enum EncodingOptions {
    static let avro = Option<String?>(
        "avro", type: .string("SUBJECT|FILE"), settable: false, section: RegistryOptions.section,
        help: "Write the JSON values as Avro, by a subject's latest schema or by the schema in a file.",
        discussion: """
            With --registry each value carries the schema's number in the registry. A file's schema has to be \
            registered for the topic (subject TOPIC-value), unless --register does it. Without a registry --framing \
            says what stands before a value.
            """)
    static let register = Flag(
        "register", section: RegistryOptions.section, help: "Register the file's schema if it is not registered yet.")

    static let all: [any ParameterKey] = [avro, register, PayloadOptions.framing] + RegistryOptions.all

    /// Nil where values are sent as they come.
    static func encoding(_ context: CommandContext, topic: String) throws -> ValueEncoding? {
        guard let word = context[avro] else {
            guard !context[register], context[PayloadOptions.framing] == nil else {
                throw UsageError("--register and --framing go with --avro")
            }
            return nil
        }
        guard let registry = try RegistryOptions.registry(context) else { return try byFile(word, context) }
        guard context[PayloadOptions.framing] ?? "registry" == "registry" else {
            throw UsageError("with --registry a value bears the schema's number; --framing is for values without one")
        }
        guard isFile(word) else {
            guard !context[register] else {
                throw UsageError("--register registers a file's schema; '\(word)' is a subject")
            }
            let found = try registry.version(word, "latest")
            guard let id = found.id else { throw CommandFailure("the registry has no number for '\(word)'") }
            return ValueEncoding(try registry.parse(found, what: "the subject '\(word)'"), id: id)
        }
        let text = try SchemaFile.text(word, kind: "AVRO")
        let id = try number(of: text, word, subject: "\(topic)-value", registry, context)
        return ValueEncoding(try SchemaFile.avro(word), id: id)
    }

    private static func byFile(_ word: String, _ context: CommandContext) throws -> ValueEncoding {
        guard isFile(word) else {
            throw UsageError(
                "--avro \(word): there is no such file",
                hint: "a subject's schema is asked of a registry: --registry URL")
        }
        guard !context[register] else { throw UsageError("--register needs the registry: --registry URL") }
        let framing = context[PayloadOptions.framing] ?? "bare"
        guard framing != "registry" else { throw UsageError("--framing registry needs the registry: --registry URL") }
        return ValueEncoding(try SchemaFile.avro(word), isObject: framing == "object")
    }

    private static func isFile(_ word: String) -> Bool { word.contains("/") || access(word, F_OK) == 0 }

    private static func number(
        of text: String, _ file: String, subject: String, _ registry: RegistryClient, _ context: CommandContext
    ) throws -> Int32 {
        if context[register] { return try registry.register(subject, text) }
        do throws(RegistryError) {
            if let id = try registry.find(subject, text).id { return id }
            throw RegistryError(.unknown, "the registry gives the schema no number")
        } catch {
            guard error.reason == .unknown else { throw error }
            throw CommandFailure(
                "the schema in \(file) is not registered under '\(subject)'",
                hint: "'kappa schema register \(subject) \(file)' does it, or --register")
        }
    }
}
