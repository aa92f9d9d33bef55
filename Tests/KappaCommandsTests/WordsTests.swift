import KappaArguments
import KappaCore
import KappaKafka
import Testing

@testable import KappaCommands
@testable import KappaJobs
@testable import KappaPipeline

@Suite struct WordsTests {
    @Test func escapesBecomeBytes() throws {
        #expect(try ByteEscapes.decode(#"a\t\n\x00\xfF\\"#) == [97, 9, 10, 0, 255, 92])
        for wrong in [#"\"#, #"\x1"#, #"\xzz"#, #"\q"#] {
            #expect(throws: WordError.self) { try ByteEscapes.decode(wrong) }
        }
    }

    @Test func formatsAreCompiled() throws {
        #expect(
            try RecordFormat(word: #"%k\t%s 100%%\n%{time}"#).pieces == [
                .key, .literal([9]), .value, .literal(Array(" 100%\n".utf8)), .time,
            ])
        for wrong in ["%", "%q", "%{when}"] {
            #expect(throws: WordError.self) { try RecordFormat(word: wrong) }
        }
    }

    @Test func placesAreReadBack() throws {
        let places = try GroupPlaces.parse("# kept\na 0 5\n\nb 12 0\n", name: "f")
        #expect(places == [PartitionOffset(TopicPartition("a", 0), 5), PartitionOffset(TopicPartition("b", 12), 0)])
        let error = #expect(throws: JobFailure.self) { try GroupPlaces.parse("a 0 5\na x 5\n", name: "f") }
        #expect(error?.message.contains("f, line 2") == true)
    }

    @Test func declarationsNameTheirFaults() throws {
        let text = "[topic a]\npartitions = 3\nretention.ms=1000 \n# more\n[topic b]\n"
        let topics = try TopicDeclaration.parse(text, name: "f")
        #expect(topics.map(\.name) == ["a", "b"])
        #expect(topics[0].partitions == 3)
        #expect(topics[0].settings == [TopicDeclaration.Setting(key: "retention.ms", value: "1000")])
        for (wrong, line) in [
            ("x = 1", 1), ("[topic a]\n[topic a]", 2), ("[topic a]\npartitions = none", 2), ("[a]", 1),
        ] {
            let error = #expect(throws: JobFailure.self) { try TopicDeclaration.parse(wrong, name: "f") }
            #expect(error?.message.contains("line \(line)") == true)
        }
    }

    @Test func topicsAndPlacesOfAGroup() throws {
        #expect(
            try ValueType<TopicSelection>.topicSelection.parse("t:0,2")
                == TopicSelection(topic: "t", partitions: [0, 2]))
        #expect(try ValueType<TopicSelection>.topicSelection.parse("t") == TopicSelection(topic: "t", partitions: nil))
        #expect(try ValueType<GroupTarget>.groupTarget.parse("+5") == .shifted(5))
        #expect(try ValueType<GroupTarget>.groupTarget.parse("5") == .offset(5))
        #expect(throws: ValueError.self) { try ValueType<TopicSelection>.topicSelection.parse("t:x") }
        #expect(throws: ValueError.self) { try ValueType<GroupTarget>.groupTarget.parse("soon") }
    }
}
