import Testing

@testable import KappaArguments

@Suite struct ParserTests {
    @Test func longOptionsTakeTheirValueBehindASignOrASpace() throws {
        #expect(try Sample.values("read", "x", "--window", "7")[Sample.window] == 7)
        #expect(try Sample.values("read", "x", "--window=7")[Sample.window] == 7)
        #expect(try Sample.values("read", "x", "--from=")[Sample.from] == "")
        #expect(try Sample.values("read", "x", "--from=a=b")[Sample.from] == "a=b")
    }

    @Test(arguments: [["-w7"], ["-w", "7"], ["-w=7"], ["-ew7"], ["-eqw", "7"]])
    func shortOptionsTakeTheirValueInEveryWay(words: [String]) throws {
        let invocation = try Parser.parse(["read", "x"] + words, root: Sample.root)
        #expect(try Values(invocation, sources: [])[Sample.window] == 7)
    }

    @Test func shortFlagsMayBeClustered() throws {
        let values = try Sample.values("read", "-eq", "x")
        #expect(values[Sample.earliest])
        #expect(values[Sample.quit])
    }

    @Test func aliasesAreTheOptionAndTheCommand() throws {
        #expect(try Sample.values("r", "x", "--span", "3")[Sample.window] == 3)
    }

    @Test func aFlagIsTakenBackWithNo() throws {
        #expect(try Sample.values("read", "x")[Sample.verify])
        #expect(try Sample.values("read", "x", "--no-verify")[Sample.verify] == false)
        #expect(try Sample.values("read", "x", "--no-verify", "--verify")[Sample.verify])
        #expect(Sample.problem("read", "x", "--no-earliest")?.message == "there is no option '--no-earliest'")
    }

    @Test func twoDashesEndTheOptions() throws {
        let values = try Sample.values("read", "-e", "--", "--window")
        #expect(values[Sample.first] == "--window")
        #expect(try Sample.values("read", "-")[Sample.first] == "-")
    }

    @Test func repeatedOptionsKeepTheirOrderAndOthersTheLast() throws {
        #expect(try Sample.values("read", "x", "-t", "a", "--tag=b", "-tc")[Sample.tags] == ["a", "b", "c"])
        #expect(try Sample.values("read", "x", "-w1", "-w2")[Sample.window] == 2)
    }

    @Test func aValueMayBeginWithADash() throws {
        #expect(try Sample.values("read", "x", "--from", "-1h")[Sample.from] == "-1h")
        let problem = Sample.problem("read", "x", "--from", "--window", "3")
        #expect(problem?.message == "--from needs a value (TIME)")
    }

    @Test func aValueThatIsNotNeededIsTakenWhereItStands() throws {
        #expect(try Sample.values("read", "x")[Sample.chart] == nil)
        #expect(try Sample.values("read", "x", "--chart")[Sample.chart] == "here")
        #expect(try Sample.values("read", "x", "--chart", "a.svg")[Sample.chart] == "a.svg")
        #expect(try Sample.values("read", "x", "--chart=a.svg")[Sample.chart] == "a.svg")
        let values = try Sample.values("read", "x", "--chart", "-e")
        #expect(values[Sample.chart] == "here" && values[Sample.earliest])
    }

    @Test func familiesGiveTheirOptionsToTheirCommands() throws {
        #expect(try Sample.values("topics", "create", "a", "-v")[Sample.verbose])
        #expect(try Sample.values("-v", "topics", "create", "a")[Sample.verbose])
        #expect(try Sample.parse("topics", "create", "a").names == ["sample", "topics", "create"])
    }

    @Test func argumentsAreGivenByTheirPlace() throws {
        let values = try Sample.values("read", "one", "-e", "two")
        #expect(values[Sample.first] == "one")
        #expect(values[Sample.second] == "two")
        #expect(try Sample.values("read", "one")[Sample.second] == nil)
        #expect(try Sample.values("topics", "create", "a", "b", "c")[Sample.names] == ["a", "b", "c"])
        #expect(Sample.problem("read", "a", "b", "c")?.message == "there is no place for 'c'")
    }

    @Test func theLastSpellingOfAnOptionIsKnown() throws {
        #expect(try Sample.parse("read", "-w", "3").spellings["window"] == "-w")
        #expect(try Sample.parse("read", "--span", "3").spellings["window"] == "--span")
    }
}
