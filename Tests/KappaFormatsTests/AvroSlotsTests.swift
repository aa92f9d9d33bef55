import KappaCore
import KappaFormats
import Testing

@Suite struct AvroSlotsTests {
    static let writer = """
        {"type":"record","name":"Reading","fields":[
         {"name":"borehole","type":"string"},{"name":"skipped","type":{"type":"map","values":{"type":"array","items":"long"}}},
         {"name":"place","type":["null",{"type":"record","name":"Place","fields":[
           {"name":"northing","type":"double"},{"name":"easting","type":"float"}]}]},
         {"name":"again","type":["null","Place"]},
         {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["a","b"]}},
         {"name":"ts","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"reading","type":"int"},
         {"name":"raw","type":"bytes"}]}
        """
    static let value = """
        {"borehole":"BH-1","skipped":{"x":[1,2],"y":[]},"place":{"northing":1.5,"easting":2.5},"again":null,
         "kind":"b","ts":"2026-11-28T00:00:59.123456Z","reading":7,"raw":"\\u0001ÿ"}
        """

    private func slots(_ plan: AvroPlan, _ bytes: [UInt8], _ names: [String]) throws -> [String] {
        var slots = AvroSlots(plan: plan, fields: names.compactMap { FieldPath($0) })
        return try bytes.withUnsafeBytes { bytes in
            try slots.read(bytes)
            return names.indices.map { index in
                var writer = ByteWriter()
                slots.appendJSON(index, to: &writer)
                return String(decoding: writer.bytes, as: UTF8.self)
            }
        }
    }

    @Test func fieldsComeOutOfNestedRecordsAndTheRestIsSteppedOver() throws {
        let schema = try AvroSchema(parsing: Self.writer)
        let bytes = try encoded(Self.value, schema)
        let names = [
            "reading", "place.northing", "again.easting", "kind", "ts", "borehole", "raw", "skipped", "nobody",
        ]
        #expect(
            try slots(AvroPlan(schema), bytes, names) == [
                "7", "1.5", "null", "\"b\"", "\"2026-11-28T00:00:59.123456Z\"", "\"BH-1\"", "\"\\u0001ÿ\"",
                #"{"x":[1,2],"y":[]}"#, "null",
            ])
    }

    @Test func aTimeIsANumberAndSoIsAReading() throws {
        let schema = try AvroSchema(parsing: Self.writer)
        var slots = AvroSlots(plan: AvroPlan(schema), fields: ["ts", "reading"].compactMap { FieldPath($0) })
        try encoded(Self.value, schema).withUnsafeBytes { bytes in
            try slots.read(bytes)
            #expect(slots[0].milliseconds == Timestamp(rfc3339: "2026-11-28T00:00:59.123Z")?.milliseconds)
            #expect(slots[1].double == 7)
            #expect(slots[1].milliseconds == nil)
        }
    }

    @Test func aReadersDefaultsAndNamesReachTheSlots() throws {
        let reader = """
            {"type":"record","name":"Reading","fields":[
             {"name":"hole","aliases":["borehole"],"type":"string"},{"name":"reading","type":"double"},
             {"name":"units","type":"string","default":"k\\"Pa"},
             {"name":"more","type":{"type":"map","values":"int"},"default":{"a":1}},
             {"name":"place","type":["null",{"type":"record","name":"Place","fields":[
               {"name":"northing","type":"double"},{"name":"zone","type":"int","default":50}]}]}]}
            """
        let schema = try AvroSchema(parsing: Self.writer)
        let plan = AvroPlan(writer: schema, reader: try AvroSchema(parsing: reader))
        let names = ["hole", "reading", "units", "more", "place.zone", "place.northing", "borehole"]
        #expect(
            try slots(plan, try encoded(Self.value, schema), names) == [
                "\"BH-1\"", "7.0", "\"k\\\"Pa\"", #"{"a":1}"#, "50", "1.5", "null",
            ])
    }
}
