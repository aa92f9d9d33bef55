import KappaCore
import KappaKafka
import Testing

@testable import KappaJobs

@Suite struct RecordMakerTests {
    struct Made: Equatable {
        var key: String?
        var value: String?
        var milliseconds: Int64?
    }

    func make(_ text: String, _ shape: RecordShape) throws -> [Made] {
        var maker = RecordMaker(shape)
        var made: [Made] = []
        try Array(text.utf8).withUnsafeBytes { bytes in
            try maker.make(bytes) { record in
                made.append(
                    Made(
                        key: record.key.map { String(decoding: $0, as: UTF8.self) },
                        value: record.value.map { String(decoding: $0, as: UTF8.self) },
                        milliseconds: record.timestamp?.milliseconds))
            }
        }
        return made
    }

    @Test func aLineIsAValue() throws {
        #expect(try make("plain", RecordShape()) == [Made(value: "plain")])
        #expect(try make("", RecordShape()) == [Made(value: "")])
        #expect(try make("", RecordShape(emptyIsNull: true)) == [Made(value: nil)])
    }

    @Test func aDelimiterPartsTheKey() throws {
        let shape = RecordShape(key: .before(Array("::".utf8)))
        #expect(try make("k::v::w", shape) == [Made(key: "k", value: "v::w")])
        #expect(throws: RecordFailure.self) { try make("k:v", shape) }
    }

    @Test func fieldsMakeTheKeyAndTheTime() throws {
        let shape = RecordShape(
            key: .fields([FieldPath("borehole")!, FieldPath("sensor.id")!]), time: .field(FieldPath("at")!))
        let line = #"{"borehole":"BH-\u0031","sensor":{"id":7},"at":"1970-01-01T00:00:01.500Z"}"#
        #expect(try make(line, shape) == [Made(key: "BH-1|7", value: line, milliseconds: 1500)])
        #expect(throws: RecordFailure.self) { try make(#"{"borehole":"BH-1"}"#, shape) }
        #expect(throws: RecordFailure.self) { try make("{", shape) }
    }

    @Test func anEnvelopeIsTakenApart() throws {
        let shape = RecordShape(key: .fields([FieldPath("b")!]), explode: FieldPath("items"))
        let line = #"{"instruments":2,"units":"kPa","items":[{"b":"A","r":1.50},{"b":"B","units":"m"},{}]}"#
        #expect(throws: RecordFailure.self) { try make(line, shape) }
        let whole = #"{"units":"kPa","items":[{"b":"A","r":1.50},{"b":"B","units":"m"}],"timezone":"UTC"}"#
        #expect(
            try make(whole, shape) == [
                Made(key: "A", value: #"{"b":"A","r":1.50,"units":"kPa","timezone":"UTC"}"#),
                Made(key: "B", value: #"{"b":"B","units":"m","timezone":"UTC"}"#),
            ])
        #expect(throws: RecordFailure.self) { try make(#"{"items":3}"#, shape) }
    }

    @Test func kappasOwnFormIsReadBack() throws {
        let shape = RecordShape(isRecordJSON: true)
        let line = #"{"key_base64":"/wA=","value":null,"timestamp":12,"headers":[{"name":"n","value":""}]}"#
        var maker = RecordMaker(shape)
        try Array(line.utf8).withUnsafeBytes { bytes in
            try maker.make(bytes) { record in
                #expect(record.key.map(Array.init) == [255, 0])
                #expect(record.value == nil)
                #expect(record.timestamp?.milliseconds == 12)
                #expect(record.headers == [Header(name: "n", value: [])])
            }
        }
        #expect(throws: RecordFailure.self) { try make("[]", shape) }
        #expect(throws: RecordFailure.self) { try make(#"{"value_base64":"a"}"#, shape) }
        // A misspelt name must not become a null.
        for line in [
            "{}", #"{"key":"k","vlaue":"v"}"#, #"{"value":"v","headers":{"a":"b"}}"#, #"{"value":"v","partition":"x"}"#,
            #"{"value":"v","partition":1.5}"#,
        ] {
            #expect(throws: RecordFailure.self, "\(line)") { try make(line, shape) }
        }
    }
}
