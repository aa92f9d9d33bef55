import KappaCore
import KappaFormats
import KappaHTTP

/// The addresses of Confluent's registry API: what each reads or changes of the book.
///
/// Unlike kappa's own doors it takes parameters that it does not know: clients send some that only newer registries
/// understand.
struct RegistryEndpoint: Sendable {
    var method: HTTPMethod
    var pattern: PathPattern
    var answer: @Sendable (borrowing RegistryQuestion, inout SchemaBook.Editor) throws -> RegistryAnswer

    init(
        _ method: HTTPMethod, _ pattern: String,
        _ answer: @escaping @Sendable (borrowing RegistryQuestion, inout SchemaBook.Editor) throws -> RegistryAnswer
    ) {
        self.method = method
        self.pattern = PathPattern(pattern)
        self.answer = answer
    }

    static let all: [RegistryEndpoint] = general + subjects + schemas + settings

    private static let general: [RegistryEndpoint] = [
        RegistryEndpoint(.get, "/") { _, _ in .json("{}") },
        RegistryEndpoint(.get, "/contexts") { _, _ in .json("[\".\"]") },
        RegistryEndpoint(.get, "/schemas/types") { _, _ in .json("[\"JSON\",\"PROTOBUF\",\"AVRO\"]") },
        RegistryEndpoint(.get, "/v1/metadata/id") { _, _ in
            .json("{\"scope\":{\"path\":[],\"clusters\":{}},\"id\":\"\"}")
        },
        RegistryEndpoint(.post, "/compatibility/subjects/{subject}/versions") { question, editor in
            .compatibility(
                try editor.book.problems(question.schema(), subject: question["subject"], against: nil),
                isVerbose: question.flag("verbose"))
        },
        RegistryEndpoint(.post, "/compatibility/subjects/{subject}/versions/{version}") { question, editor in
            .compatibility(
                try editor.book.problems(
                    question.schema(), subject: question["subject"], against: question["version"]),
                isVerbose: question.flag("verbose"))
        },
    ]

    private static let subjects: [RegistryEndpoint] = [
        RegistryEndpoint(.get, "/subjects") { question, editor in
            let names = editor.book.names(
                prefix: question.parameter("subjectPrefix") ?? "", deleted: question.flag("deleted"),
                onlyDeleted: question.flag("deletedOnly"))
            return .strings(question.page(names))
        },
        RegistryEndpoint(.post, "/subjects/{subject}") { question, editor in
            .version(
                try editor.book.lookUp(
                    question.schema(), subject: question["subject"], deleted: question.flag("deleted")))
        },
        RegistryEndpoint(.delete, "/subjects/{subject}") { question, editor in
            .numbers(
                try editor.change(
                    editor.book.delete(subject: question["subject"], permanently: question.flag("permanent"))))
        },
        RegistryEndpoint(.get, "/subjects/{subject}/versions") { question, editor in
            let versions = try editor.book.versions(question["subject"], deleted: question.flag("deleted"))
            return .numbers(question.page(versions.map(\.number)))
        },
        RegistryEndpoint(.post, "/subjects/{subject}/versions") { question, editor in
            let (id, number) = try question.wantedIds()
            return .registered(
                try editor.change(
                    editor.book.register(question.schema(), subject: question["subject"], id: id, number: number)))
        },
        RegistryEndpoint(.get, "/subjects/{subject}/versions/{version}") { question, editor in
            .version(
                try editor.book.version(
                    question["subject"], question["version"], deleted: question.flag("deleted")))
        },
        RegistryEndpoint(.get, "/subjects/{subject}/versions/{version}/schema") { question, editor in
            .json(
                try editor.book.version(
                    question["subject"], question["version"], deleted: question.flag("deleted")
                ).schema.text)
        },
        RegistryEndpoint(.get, "/subjects/{subject}/versions/{version}/referencedby") { question, editor in
            let version = try editor.book.version(question["subject"], question["version"], deleted: true)
            return .numbers(editor.book.referrers(version.subject, version.number))
        },
        RegistryEndpoint(.delete, "/subjects/{subject}/versions/{version}") { question, editor in
            let gone = try editor.change(
                editor.book.delete(
                    subject: question["subject"], version: question["version"],
                    permanently: question.flag("permanent")))
            return .json("\(gone)")
        },
    ]

    private static let schemas: [RegistryEndpoint] = [
        RegistryEndpoint(.get, "/schemas") { question, editor in
            let names = editor.book.names(
                prefix: question.parameter("subjectPrefix") ?? "", deleted: question.flag("deleted"))
            let found = try names.flatMap { name in
                let versions = try editor.book.versions(name, deleted: question.flag("deleted"))
                return question.flag("latestOnly") ? versions.suffix(1) : versions[...]
            }
            return .versions(question.page(found))
        },
        RegistryEndpoint(.get, "/schemas/guids/{guid}") { question, editor in
            guard let found = editor.book.schema(guid: question["guid"].lowercased()) else {
                throw RegistryRefusal.schema
            }
            return .schema(found.schema)
        },
        RegistryEndpoint(.get, "/schemas/ids/{id}") { question, editor in
            .schema(try question.schema(byIdIn: editor.book))
        },
        RegistryEndpoint(.get, "/schemas/ids/{id}/schema") { question, editor in
            .json(try question.schema(byIdIn: editor.book).text)
        },
        RegistryEndpoint(.get, "/schemas/ids/{id}/subjects") { question, editor in
            _ = try question.schema(byIdIn: editor.book)
            let found = editor.book.versions(id: try question.id(), deleted: question.flag("deleted"))
            return .strings(Set(found.map(\.subject)).sorted())
        },
        RegistryEndpoint(.get, "/schemas/ids/{id}/versions") { question, editor in
            _ = try question.schema(byIdIn: editor.book)
            return .places(editor.book.versions(id: try question.id(), deleted: question.flag("deleted")))
        },
    ]
}
