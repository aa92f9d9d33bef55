import Testing

@testable import KappaArguments

/// The readers of a declaration: help, JSON, man page.
@Suite struct ReaderTests {
    @Test func theShortHelpHasOneLineForEachOption() throws {
        let text = HelpText.render([Sample.root, Sample.read], long: false)
        #expect(text.hasPrefix("Read\n\nUsage: sample read [options] FIRST [SECOND]\n"))
        #expect(text.contains("  -w, --window N     Size. [default: 10]\n"))
        #expect(text.contains("      --[no-]verify  Look twice.\n"))
        #expect(text.contains("  -v, --verbose "))
    }

    @Test func theLongHelpNamesTheEnvironmentAndTheChoices() {
        let text = HelpText.render([Sample.root, Sample.read], long: true)
        #expect(text.contains("Environment: KAPPA_WINDOW"))
        #expect(text.contains("One of low, middle, high."))
        #expect(!text.contains("KAPPA_FROM"))
    }

    @Test func theHelpKeepsToTheWidth() {
        for width in [50, 60, 100] {
            let text = HelpText.render([Sample.root], long: true, width: width)
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
        }
    }

    @Test func theDeclarationIsJSONWithoutNullLists() {
        let text = HelpJSON.render([Sample.root, Sample.topics])
        #expect(text.hasPrefix("{\"version\":1,\"path\":[\"sample\",\"topics\"],\"command\":{\"name\":\"topics\","))
        #expect(text.contains("\"parameters\":[],\"examples\":[],\"commands\":["))
    }

    @Test func theJSONStringIsEscaped() {
        #expect(HelpJSON.string("a\"b\\c\n\u{1}é") == "\"a\\\"b\\\\c\\n\\u0001é\"")
    }

    @Test func manTextIsTakenLiterally() {
        #expect(Roff.text(".TH 'x' \\n --a") == "\\&.TH \\(aqx\\(aq \\en \\-\\-a")
        #expect(Roff.paragraphs("one\ntwo\n\n  code\n\nthree") == [["one two"], [".nf", "  code", ".fi"], ["three"]])
    }

    @Test func paragraphsAreFilledAndExamplesKept() {
        #expect(Paragraphs.wrap("a b c\nd\n\n  e  f", width: 5) == ["a b c", "d", "", "  e  f"])
    }
}
