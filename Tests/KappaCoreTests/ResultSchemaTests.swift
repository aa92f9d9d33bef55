import KappaCore
import Testing

@Suite("What a result is")
struct ResultSchemaTests {
    @Test func theTextOfASchemaIsTheWholeOfIt() throws {
        let hostile = ResultSchema(fields: [
            ResultField("a, b=c key", .text, isKey: true), ResultField("Größe%2C", .number, unit: "m, oder so"),
            ResultField("id", .whole), ResultField("9th\n\u{0}", .time, isRequired: true, role: .time),
            ResultField("\"; DROP TABLE x", .any, role: .value),
        ])
        for schema in [ResultSchema.standard, hostile] {
            #expect(ResultSchema(text: schema.text) == schema)
            #expect(!schema.text.contains("\n") && !schema.text.contains("\""))
        }
        #expect(
            hostile.fields.map(\.column) == ["a__b_c_key", "gr__e_2c", "field_id", "field_9th__", "___drop_table_x"])
    }

    @Test(arguments: ["", "a", "a text,", "a text,a number", "a colour", "%zz text", "a_b text,a-b text", "%"])
    func whatIsNoSchemaIsNone(_ text: String) { #expect(ResultSchema(text: text) == nil) }

    @Test func wordsOfALaterVersionAreLeftOut() throws {
        #expect(ResultSchema(text: "a text key fresh,b number tint=red")?.key.map(\.name) == ["a"])
    }

    @Test func schemasMeetInOneTableOrSayWhyNot() throws {
        let standard = ResultSchema.standard
        var more = standard
        more.fields += [ResultField("p95", .number, isRequired: true)]
        guard case .wider(let both, let added) = standard.meet(more) else { throw Unexpected() }
        // Older rows are without it, so no row needs it.
        #expect(added.map(\.name) == ["p95"] && added.allSatisfy { !$0.isRequired && $0.isLater })
        #expect(both.meet(more) == .same && both.meet(standard) == .same)
        var other = standard
        other.fields[0].name = "site"
        guard case .apart(let key) = standard.meet(other) else { throw Unexpected() }
        #expect(key.contains("site, instrument, window_start") && key.contains("borehole_number"))
        var without = standard
        without.fields.removeAll { $0.name == "count" }
        guard case .apart(let reason) = standard.meet(without) else { throw Unexpected() }
        #expect(reason.contains("no 'count'"))
    }

    private struct Unexpected: Error {}
}
