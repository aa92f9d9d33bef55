import KappaCore
import Testing

@Suite struct JSONSpliceTests {
    static func splice(_ text: String, _ path: String, _ new: String?) -> String? {
        var splice = JSONSplice()
        var writer = ByteWriter()
        let bytes = Array(text.utf8)
        let done = bytes.withUnsafeBytes { text in
            splice.replace(FieldPath(path)!, in: text, into: &writer) { _ in new.map { Array($0.utf8) } }
        }
        return done ? String(decoding: writer.bytes, as: UTF8.self) : nil
    }

    @Test(arguments: [
        (#"{"a": 1, "b":[1,{"c":"x"}] }"#, "b.1.c", "null", #"{"a": 1, "b":[1,{"c":null}] }"#),
        (#"{"a": 1}  "#, "a", "\"two\"", #"{"a": "two"}  "#),
        (#"{"a":1}"#, "z", "2", #"{"a":1,"z":2}"#),
        ("{ } \n", "z", "2", "{ \"z\":2} \n"),
        (#"{"a":{"b":{}}}"#, "a.b.c", "true", #"{"a":{"b":{"c":true}}}"#),
    ])
    func everythingButTheFieldStaysAsItIs(text: String, path: String, new: String, expected: String) {
        #expect(Self.splice(text, path, new) == expected)
    }

    @Test(arguments: [("{", "a"), ("7", "a"), ("[1]", "a"), (#"{"a":1}"#, "a.b"), ("", "a"), (#"{"a":1}x"#, "a")])
    func whatHasNoPlaceForTheFieldIsLeftAlone(text: String, path: String) {
        #expect(Self.splice(text, path, "1") == nil)
    }

    @Test func aRefusedValueAppendsNothing() {
        #expect(Self.splice(#"{"a":1}"#, "a", nil) == nil)
    }
}
