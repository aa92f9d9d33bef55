import KappaCore
import KappaStreams
import Testing

@Suite("The fields of a window's result")
struct WindowSchemaTests {
    private static func names(_ json: String) throws -> [String] {
        // Names stand before colons, and none of these texts holds one of the two.
        json.split(separator: ",").compactMap { $0.split(separator: "\"").dropFirst($0.hasPrefix("{") ? 1 : 0).first }
            .map(String.init)
    }

    private func written(_ change: (inout WindowPlan) -> Void) throws -> ([String], ResultSchema) {
        var plan = WindowPlan()
        change(&plan)
        let bench = Bench(change)
        try bench.feed(
            """
            {"borehole_number":"BH-1","instrument":"piezometer","surface_level":1,"northing":2,"easting":3,"reading":4,\
            "units":"kPa","timestamp":"2022-04-15T22:06:30Z","site":"A","sensor":7,"temperature":21}
            """)
        bench.drain()
        try #require(bench.results.count == 1, "\(bench.dead)")
        return (try WindowSchemaTests.names(bench.results[0]), plan.schema)
    }

    @Test func aJobThatIsAskedForNothingElseGivesTheStandard() throws {
        #expect(WindowPlan().schema == .standard)
        let (names, schema) = try written { _ in }
        #expect(names == schema.fields.map(\.name))
    }

    @Test func everyFieldIsDeclaredInItsPlace() throws {
        let changes: [(inout WindowPlan) -> Void] = [
            { $0.aggregates = Aggregate.allCases }, { $0.aggregates = [.p95, .first] },
            {
                $0.key = [FieldRule("site", .string), FieldRule("sensor", .number)]
                ($0.value, $0.carry, $0.route) = ("temperature", [], nil)
            },
            { $0.carry = [FieldRule("units", .any, isOptional: true), FieldRule("site")] },
        ]
        for change in changes {
            let (names, schema) = try written(change)
            #expect(names == schema.fields.map(\.name))
            #expect(schema.doubledName == nil && ResultSchema(text: schema.text) == schema)
        }
    }
}
