/// What a registry does not do, with the numbers that Confluent's API gives it.
package struct RegistryRefusal: Error, Equatable {
    package var status: Int
    package var code: Int
    package var message: String

    init(_ status: Int, _ code: Int, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func subject(_ name: String) -> RegistryRefusal { .init(404, 40401, "Subject '\(name)' not found.") }

    static func version(_ number: String) -> RegistryRefusal { .init(404, 40402, "Version \(number) not found.") }

    static let schema = RegistryRefusal(404, 40403, "Schema not found")

    static func isDeleted(_ subject: String) -> RegistryRefusal {
        .init(404, 40404, "Subject '\(subject)' was soft deleted. Set permanent=true to delete permanently")
    }

    static func isNotDeleted(_ subject: String) -> RegistryRefusal {
        .init(404, 40405, "Subject '\(subject)' was not deleted first before being permanently deleted")
    }

    static func versionIsDeleted(_ subject: String, _ version: Int) -> RegistryRefusal {
        .init(
            404, 40406,
            "Subject '\(subject)' Version \(version) was soft deleted. Set permanent=true to delete permanently")
    }

    static func versionIsNotDeleted(_ subject: String, _ version: Int) -> RegistryRefusal {
        .init(
            404, 40407,
            "Subject '\(subject)' Version \(version) was not deleted first before being permanently deleted")
    }

    static func noLevel(_ subject: String) -> RegistryRefusal {
        .init(404, 40408, "Subject '\(subject)' does not have subject-level compatibility configured")
    }

    static func noMode(_ subject: String) -> RegistryRefusal {
        .init(404, 40409, "Subject '\(subject)' does not have subject-level mode configured")
    }

    static func incompatible(_ problems: [String]) -> RegistryRefusal {
        .init(
            409, 409,
            "Schema being registered is incompatible with an earlier schema: \(problems.joined(separator: "; "))")
    }

    static func invalidSchema(_ reason: String) -> RegistryRefusal { .init(422, 42201, "Invalid schema: \(reason)") }

    static func invalidVersion(_ word: String) -> RegistryRefusal {
        .init(
            422, 42202,
            "The specified version '\(word)' is not a valid version id. Allowed values are between [1, 2^31-1] and the"
                + " string \"latest\""
        )
    }

    static let invalidLevel = RegistryRefusal(
        422, 42203,
        "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive,"
            + " forward_transitive, and full_transitive"
    )

    static let invalidMode = RegistryRefusal(
        422, 42204, "Invalid mode. Valid values are READWRITE, READONLY and IMPORT")

    static func notPermitted(_ why: String) -> RegistryRefusal { .init(422, 42205, why) }

    static func isReferredTo(_ subject: String, _ version: Int) -> RegistryRefusal {
        .init(422, 42206, "One or more references exist to the schema of '\(subject)' version \(version).")
    }

    static let invalidSubject = RegistryRefusal(
        422, 42208, "The specified subject is empty or holds a control character")

    static let invalidBody = RegistryRefusal(422, 422, "The body is not the JSON object that is asked for")

    static func store(_ why: String) -> RegistryRefusal {
        .init(500, 50001, "Error in the backend data store: \(why)")
    }
}
