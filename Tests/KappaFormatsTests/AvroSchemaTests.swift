import KappaFormats
import Testing

@Suite struct AvroSchemaTests {
    @Test(arguments: [
        ("{", "not JSON"), ("7", "is not a schema"), (#""int8""#, "not known"), (#"{"name":"a"}"#, #"no "type""#),
        (#"[["int"]]"#, "inside a union"), (#"["int","int"]"#, "twice"),
        (#"{"type":"record","name":"R"}"#, "fields"), (#"{"type":"record","fields":[]}"#, "name"),
        (#"{"type":"record","name":"R S","fields":[]}"#, "not a name"),
        (#"{"type":"record","name":"int","fields":[]}"#, "not a name"),
        (#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#, "twice"),
        (#"{"type":"record","name":"R","fields":[{"name":"9","type":"int"}]}"#, "no name"),
        (#"{"type":"record","name":"R","fields":[{"name":"a"}]}"#, #"R.a has no "type""#),
        (#"{"type":"enum","name":"E","symbols":["A","A"]}"#, "twice"),
        (#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#, "none of its symbols"),
        (#"{"type":"enum","name":"E","symbols":["A-B"]}"#, "not a name"),
        (#"{"type":"fixed","name":"F","size":-1}"#, "size"), (#"{"type":"array"}"#, "items"),
        (#"[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}]"#, "defined twice"),
    ])
    func aTextThatIsNoSchemaSaysWhatIsWrong(_ text: String, _ words: String) {
        #expect { try AvroSchema(parsing: text) } throws: { "\($0)".contains(words) }
    }

    @Test func aSchemaOfAThousandLevelsIsRefused() {
        let text =
            String(repeating: #"{"type":"array","items":"#, count: 400) + #""int""# + String(repeating: "}", count: 400)
        #expect { try AvroSchema(parsing: text) } throws: { "\($0)".contains("deeper") }
    }

    @Test func aNameStandsForTheTypeInItsNamespace() throws {
        let text = """
            {"type":"record","name":"x.R","fields":[
             {"name":"a","type":{"type":"fixed","name":"F","size":1}},{"name":"b","type":"F"},
             {"name":"c","type":{"type":"record","name":"I","namespace":"","fields":[{"name":"d","type":"x.F"}]}}]}
            """
        let form = try AvroSchema(parsing: text).canonicalForm
        #expect(form.contains(#"{"name":"b","type":"x.F"}"#))
        #expect(form.contains(#"{"name":"I","type":"record","fields":[{"name":"d","type":"x.F"}]}"#))
    }

    @Test func aWrongDefaultIsFoundWithItsField() throws {
        let wrong = #"{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"],"default":"x"}]}"#
        #expect(try AvroSchema(parsing: wrong).wrongDefault?.contains("R.a") == true)
        let right = #"{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"],"default":null}]}"#
        #expect(try AvroSchema(parsing: right).wrongDefault == nil)
    }

    /// A default that holds itself has no end.
    @Test func aDefaultWithoutEndIsNone() throws {
        let text = #"{"type":"record","name":"A","fields":[{"name":"f","type":"A","default":{}}]}"#
        #expect(try AvroSchema(parsing: text).wrongDefault != nil)
    }

    @Test(arguments: [
        (#"{"a":"x"}"#, #"a: "x" is not int"#), (#"{}"#, "a: it is missing"), (#"{"a":1,"b":2}"#, #"no field "b""#),
        (#"{"a":2147483648}"#, "a: \"2147483648\" is not int"), (#"{"a":1.5}"#, "is not int"), ("[]", "is not R"),
    ])
    func aValueThatDoesNotFitSaysWhere(_ json: String, _ words: String) throws {
        let schema = try AvroSchema(parsing: #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#)
        #expect { try encoded(json, schema) } throws: { "\($0)".contains(words) }
    }

    @Test func aUnionOfPlainJSONTakesTheBranchThatFits() throws {
        let schema = try AvroSchema(parsing: #"["null","bytes","string","int","double"]"#)
        #expect(try encoded("null", schema) == [0])
        #expect(try encoded("\"a\"", schema) == [4, 2, 0x61])
        #expect(try encoded("5", schema) == [6, 10])
        #expect(try encoded("1.5", schema) == [8, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
        #expect { try encoded("true", schema) } throws: { "\($0)".contains("one of null, bytes, string, int, double") }
    }

    @Test(arguments: [
        (#"{"type":"int","logicalType":"date"}"#, #""2026-02-30""#),
        (#"{"type":"long","logicalType":"timestamp-millis"}"#, #""2026-11-28T00:00:00.0001Z""#),
        (#"{"type":"bytes","logicalType":"decimal","precision":3,"scale":1}"#, #""123.4""#),
        (#"{"type":"bytes","logicalType":"decimal","precision":3,"scale":1}"#, #""1.23""#),
        (#"{"type":"bytes","logicalType":"decimal","precision":3,"scale":1}"#, #""""#),
        (#"{"type":"fixed","name":"D","size":1,"logicalType":"decimal","precision":3}"#, #""200""#),
    ])
    func aTextThatWouldLoseSomethingIsRefused(_ schema: String, _ value: String) throws {
        let schema = try AvroSchema(parsing: schema)
        #expect(throws: AvroEncodingError.self) { try encoded(value, schema) }
    }
}
