import KappaCore
import KappaStreams
import Testing

/// What a task gives out for some lines, as text.
private func run(_ task: PartitionTask, _ lines: [String]) -> (results: [String], keys: [String], dead: Int) {
    var emission = Emission()
    for (offset, line) in lines.enumerated() {
        var line = line
        line.withUTF8 {
            let record = SourceRecord(
                offset: Int64(offset), timestamp: 0, key: nil, value: UnsafeRawBufferPointer($0))
            task.process(record, into: &emission)
        }
    }
    let results = emission.records.filter { $0.target == .result }
    return (
        results.map { String(decoding: emission.value(of: $0), as: UTF8.self) },
        results.map { String(decoding: emission.key(of: $0), as: UTF8.self) },
        emission.records.count { $0.target == .dead }
    )
}

@Suite struct MapTaskTests {
    @Test func aTemplateIsFilledIn() throws {
        let template = try Template("{value} has been transformed. {{{offset}}}")
        let out = run(MapTask(.template(template), filters: []), ["one", "zwei ö"])
        #expect(out.results == ["one has been transformed. {0}", "zwei ö has been transformed. {1}"])
    }

    @Test func aTemplateMayReadFields() throws {
        let template = try Template("{.name.first}: {.age}{.gone}")
        let out = run(MapTask(.template(template), filters: []), [#"{"name":{"first":"A\u006en"},"age":5.50}"#, "x"])
        #expect(out.results == ["Ann: 5.50"])
        #expect(out.dead == 1)
    }

    @Test(arguments: ["{", "{what}", "{.}", "{.a..b}"])
    func aTemplateThatIsNoneIsRefused(text: String) {
        #expect(throws: WordError.self) { try Template(text) }
    }

    @Test func fieldsAreSelectedAndRenamed() throws {
        let selection = try Selection("id=login.uuid,name.first,email,tags.1,gone")
        let text = #"{"login":{"uuid":"u-1"},"name":{"first":"Ann","last":"X"},"email":null,"tags":[1,{"a":2}]}"#
        let out = run(MapTask(.selection(selection), filters: []), [text, "[1]", "nope"])
        #expect(out.results == [#"{"id":"u-1","name_first":"Ann","email":null,"tags_1":{"a":2},"gone":null}"#])
        #expect(out.dead == 2)
    }

    @Test func onlyWhatPassesTheTestsIsMapped() throws {
        let task = MapTask(.template(try Template("{value}")), filters: [try FieldPredicate("a > 1")])
        #expect(run(task, [#"{"a":1}"#, #"{"a":2}"#]).results == [#"{"a":2}"#])
        #expect(task.counts.filtered == 1)
    }

    /// Each record holds one fault against `a:text,b.c:number,n:whole?,at:time`, or none.
    @Test(arguments: [
        (#"{"a":"x","b":{"c":1.5},"n":3,"at":"2022-04-15T22:06:38Z"}"#, nil),
        (#"{"a":"","b":{"c":-0},"at":"2022-04-15T22:06:38.5+02:00","n":null}"#, nil),
        (#"{"a":"x","b":{"c":1},"n":3.0,"at":"2022-04-15T22:06:38Z"}"#, nil),
        (#"{"b":{"c":1},"at":"2022-04-15T22:06:38Z"}"#, "missing a"),
        (#"{"a":null,"b":{"c":1},"at":"2022-04-15T22:06:38Z"}"#, "null a"),
        (#"{"a":7,"b":{"c":1},"at":"2022-04-15T22:06:38Z"}"#, "wrong-type a"),
        (#"{"a":"x","b":{"c":"1"},"at":"2022-04-15T22:06:38Z"}"#, "wrong-type b.c"),
        (#"{"a":"x","b":{"c":1e999},"at":"2022-04-15T22:06:38Z"}"#, "wrong-type b.c"),
        (#"{"a":"x","b":{"c":1},"n":3.5,"at":"2022-04-15T22:06:38Z"}"#, "wrong-type n"),
        (#"{"a":"x","b":{"c":1},"n":true,"at":"2022-04-15T22:06:38Z"}"#, "wrong-type n"),
        (#"{"a":"x","b":{"c":1},"at":"yesterday"}"#, "bad-time at"),
        (#"{"a":"x","b":{"c":1},"at":1650060398000}"#, "wrong-type at"),
    ])
    func whatIsNotOfItsTypeIsADeadLetter(text: String, fault: String?) throws {
        let task = MapTask(.selection(try Selection("a:text,b.c:number,n:whole?,at:time")), filters: [])
        var emission = Emission()
        var line = text
        line.withUTF8 {
            task.process(
                SourceRecord(offset: 0, timestamp: 0, key: nil, value: UnsafeRawBufferPointer($0)), into: &emission)
        }
        let notes = emission.records[0].notes.prefix(2).map(\.value).joined(separator: " ")
        #expect(emission.records.count == 1 && notes == fault ?? "")
    }

    @Test func typesAreInTheSchema() throws {
        let shape = MapTask.Shape.selection(try Selection("a:string,b.c:number,n:whole?,at:time,also:time,rest"))
        #expect(
            shape.schema?.text == "a text required,b_c number required,n whole,at time required time,"
                + "also time required,rest any")
        for wrong in ["a:words", "a:", ":text", "a:b:c", "=a:text"] {
            #expect(throws: WordError.self, "\(wrong)") { try Selection(wrong) }
        }
        // A colon of the path's own stands before the type's.
        let path = try Selection("a:b:any")
        #expect(MapTask.Shape.selection(path).schema?.fields.map(\.name) == ["a:b"])
    }

    @Test func selectingANameTwiceIsRefused() {
        #expect(throws: WordError.self) { try Selection("name.first,name_first") }
        #expect(throws: WordError.self) { try Selection("a,,b") }
    }
}

@Suite struct WordTaskTests {
    static let lines = [
        "the quick brown fox jumps over the lazy dog", "hello world", "", "   ", "one", "two  spaces",
        "\ttabs\tcount\t",
        "a b c d e f g h i j", "\"quoted\" words", "ünïcödé wörds äre wörds",
    ]

    @Test func theWordsOfEachLineAreCounted() {
        let out = run(LineCountTask(), WordTaskTests.lines)
        #expect(out.results[0] == #"{"line":"the quick brown fox jumps over the lazy dog","words":9}"#)
        let counts = out.results.map { $0.dropLast().split(separator: ":").last.map(String.init) }
        #expect(counts == ["9", "2", "0", "0", "1", "2", "2", "10", "2", "4"])
        #expect(out.results[8] == #"{"line":"\"quoted\" words","words":2}"#)
    }

    @Test func eachWordHasARunningCount() {
        let out = run(WordCountTask(isMerging: false), ["the cat", "the dog the"])
        #expect(out.keys == ["the", "cat", "the", "dog", "the"])
        #expect(out.results.last == #"{"word":"the","count":3}"#)
    }
}

@Suite struct ExactSumTests {
    private func sum(_ values: [String]) throws -> Double? {
        let bench = Bench { $0.aggregates = [.sum] }
        for value in values { try bench.feed(reading(value, at: "22:06:38")) }
        bench.drain()
        return bench.results.first.flatMap { $0.split(separator: "\"sum\":").last }.flatMap { Double($0.dropLast()) }
    }

    /// From the tests of Python's math.fsum, with the ends of the range left out.
    @Test(
        arguments: [
            (["1e100", "1.0", "-1e100", "1e-100", "1e50", "-1.0", "-1e50"], "1e-100"),
            (["9007199254740992.0", "-0.5", "-5.551115123125783e-17"], "9007199254740991.0"),
            (["9007199254740992.0", "1.0", "5.551115123125783e-17"], "9007199254740994.0"),
            (["9007199254740994.0", "1.0", "5.551115123125783e-17"], "9007199254740996.0"),
            (["9007199254740996.0", "4.999999999999999", "1e-16", "-2e-16"], "9007199254741000.0"),
            (["0.1", "0.2", "0.3"], "0.6"), (["1e16", "1.0", "1e-16"], "1.0000000000000002e+16"),
            (["1e16", "1", "-1e16", "1"], "2.0"), (["-0.0"], "0.0"), (["1e290", "1e-290", "-1e290"], "1e-290"),
        ] as [([String], String)])
    func theSumIsRoundedOnce(values: [String], expected: String) throws {
        #expect(try sum(values) == Double(expected))
        #expect(try sum(values.reversed()) == Double(expected))
        #expect(try sum(values.shuffled()) == Double(expected))
    }
}
