import KappaFormats
import Testing

@testable import KappaRegistry

/// The rules of Confluent's registry, on a book alone.
@Suite struct SchemaBookTests {
    private var book = SchemaBook()

    @discardableResult
    private mutating func register(_ text: String, _ subject: String = "s", kind: String = "AVRO") throws
        -> (id: Int, version: Int)
    {
        let change = try book.register(StoredSchema(kind: kind, text: text), subject: subject)
        for entry in change.entries { book.take(entry) }
        return (change.answer.id, change.answer.number)
    }

    private mutating func take<Answer>(_ change: SchemaChange<Answer>) -> Answer {
        for entry in change.entries { book.take(entry) }
        return change.answer
    }

    private func refusal(_ body: () throws -> Void) -> Int? {
        do { try body() } catch let refusal as RegistryRefusal { return refusal.code } catch { return -1 }
        return nil
    }

    private static func record(_ fields: String) -> String {
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[\(fields)]}"
    }

    private static let first = record(#"{"name":"a","type":"int"}"#)
    private static let withDefault = record(#"{"name":"a","type":"int"},{"name":"b","type":"int","default":0}"#)
    private static let without = record(#"{"name":"a","type":"int"},{"name":"c","type":"int"}"#)

    @Test mutating func aSchemaHasOneNumberWhereverItIsRegistered() throws {
        #expect(try register(Self.first) == (1, 1))
        #expect(try register(Self.first) == (1, 1))
        let otherwise = #"{ "name":"R", "type":"record", "fields":[{"type":{"type":"int"},"name":"a"}] }"#
        #expect(try register(otherwise) == (1, 1))
        #expect(try register(Self.first, "other") == (1, 1))
        #expect(try register(Self.withDefault) == (2, 2))
        #expect(try register("\"string\"", "third") == (3, 1))
    }

    @Test mutating func theDefaultLevelIsBackward() throws {
        try register(Self.first)
        #expect(refusal { _ = try book.register(StoredSchema(text: Self.without), subject: "s") } == 409)
        book.take(.level(subject: "s", CompatibilityLevel.none))
        #expect(try register(Self.without) == (2, 2))
    }

    /// A subject's own level stands before everybody's.
    @Test mutating func aSubjectsLevelStandsBeforeTheGlobalOne() throws {
        try register(Self.first)
        book.take(.level(subject: nil, .some(.none)))
        book.take(.level(subject: "s", .full))
        #expect(refusal { _ = try book.register(StoredSchema(text: Self.without), subject: "s") } == 409)
    }

    @Test mutating func versionsCountOnAfterADeletion() throws {
        try register(Self.first)
        try register(Self.withDefault)
        #expect(take(try book.delete(subject: "s", version: "2", permanently: false)) == 2)
        #expect(try book.version("s", "latest").number == 1)
        #expect(try register(Self.withDefault) == (2, 3))
        #expect(refusal { _ = try book.version("s", "2") } == 40402)
        #expect(try book.version("s", "2", deleted: true).id == 2)
    }

    @Test mutating func whatIsDeletedForGoodHasToBeDeletedBefore() throws {
        try register(Self.first)
        #expect(refusal { _ = try book.delete(subject: "s", permanently: true) } == 40405)
        #expect(refusal { _ = try book.delete(subject: "s", version: "1", permanently: true) } == 40407)
        #expect(take(try book.delete(subject: "s", permanently: false)) == [1])
        #expect(refusal { _ = try book.delete(subject: "s", permanently: false) } == 40404)
        #expect(refusal { _ = try book.versions("s") } == 40401)
        #expect(take(try book.delete(subject: "s", permanently: true)) == [1])
        #expect(refusal { _ = try book.delete(subject: "s", permanently: false) } == 40401)
        // Records bear the number still: no other schema may get it.
        #expect(try register("\"long\"", "new").id == 2)
    }

    /// A deleted version is not looked at: what was incompatible with it may come.
    @Test mutating func deletedVersionsAreNotComparedWith() throws {
        try register(Self.first)
        _ = take(try book.delete(subject: "s", permanently: false))
        #expect(try register(Self.without) == (2, 2))
    }

    @Test mutating func aVersionThatOthersReferToStays() throws {
        try register(Self.first, "base")
        let reference = RegisteredSchema.Reference(name: "R", subject: "base", version: 1)
        let user = StoredSchema(
            text: #"{"type":"record","name":"U","fields":[{"name":"r","type":"R"}]}"#, references: [reference])
        _ = take(try book.register(user, subject: "user"))
        #expect(book.referrers("base", 1) == [2])
        #expect(refusal { _ = try book.delete(subject: "base", version: "1", permanently: false) } == 42206)
        let lost = StoredSchema(text: user.text, references: [.init(name: "R", subject: "none", version: 1)])
        #expect(refusal { _ = try book.register(lost, subject: "user") } == 42201)
    }

    @Test mutating func anotherLanguageIsKeptAndNotGuessedAt() throws {
        #expect(try register("{\"type\":\"object\"}", "j", kind: "JSON") == (1, 1))
        let next = StoredSchema(kind: "JSON", text: "{\"type\":\"string\"}")
        #expect(refusal { _ = try book.register(next, subject: "j") } == 42201)
        book.take(.level(subject: "j", CompatibilityLevel.none))
        #expect(try register("{\"type\":\"string\"}", "j", kind: "JSON") == (2, 2))
        #expect(try register("syntax = \"proto3\";", "p", kind: "PROTOBUF") == (3, 1))
        #expect(refusal { _ = try book.register(StoredSchema(kind: "XML", text: "<a/>"), subject: "x") } == 422)
    }

    @Test mutating func badRequestsAreRefusedByTheirNumbers() throws {
        try register(Self.first)
        #expect(refusal { _ = try book.register(StoredSchema(text: "{"), subject: "s") } == 42201)
        #expect(refusal { _ = try book.register(StoredSchema(text: Self.first), subject: "") } == 42208)
        for word in ["0", "-2", "x", "2147483648"] { #expect(refusal { _ = try book.version("s", word) } == 42202) }
        #expect(refusal { _ = try book.lookUp(StoredSchema(text: Self.without), subject: "s") } == 40403)
        #expect(refusal { _ = try book.lookUp(StoredSchema(text: Self.first), subject: "none") } == 40401)
        book.take(.mode(subject: nil, .readOnly))
        #expect(refusal { _ = try book.register(StoredSchema(text: Self.withDefault), subject: "s") } == 42205)
    }

    /// Confluent's key, byte for byte: another order of its members survives compaction beside its deletion.
    @Test func theRecordsAreConfluents() throws {
        let version = SchemaVersion(
            subject: "s", number: 1, id: 7, schema: StoredSchema(text: "\"int\""))
        let entry = SchemaEntry.version(version)
        #expect(
            String(decoding: entry.key, as: UTF8.self)
                == #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#)
        #expect(
            String(decoding: entry.value ?? [], as: UTF8.self)
                == #"{"subject":"s","version":1,"id":7,"schema":"\"int\"","deleted":false}"#)
        #expect(
            String(decoding: SchemaEntry.level(subject: nil, .full).key, as: UTF8.self)
                == #"{"keytype":"CONFIG","subject":null,"magic":0}"#)
        for entry in [
            entry, .gone(subject: "s", version: 1), .deletedSubject("s", upTo: 3), .level(subject: "s", .full),
            .level(subject: nil, .some(.none)), .mode(subject: nil, .readOnly),
        ] as [SchemaEntry] {
            #expect(try SchemaEntry(key: entry.key, value: entry.value) == entry)
        }
        #expect(try SchemaEntry(key: Array(#"{"keytype":"NOOP","magic":0}"#.utf8), value: nil) == nil)
        #expect(throws: SchemaRecordError.self) { try SchemaEntry(key: Array("x".utf8), value: nil) }
    }
}
