import Testing

@testable import KappaArguments

/// A wrong word is answered in two lines: what is wrong and where, and the nearest right thing.
@Suite struct ProblemTests {
    @Test func anUnknownCommandIsAnsweredWithTheNearest() {
        let problem = Sample.problem("topics", "craete")
        #expect(problem?.path == ["sample", "topics"])
        #expect(problem?.message == "there is no command 'craete'")
        #expect(problem?.hint == "did you mean 'create'?")
        #expect(Sample.problem("topics", "zebra")?.hint == "its commands are create, delete")
    }

    @Test func anUnknownOptionIsAnsweredWithTheNearest() {
        #expect(Sample.problem("read", "--windwo", "3")?.hint == "did you mean '--window'?")
        #expect(Sample.problem("read", "--no-verfy")?.hint == "did you mean '--no-verify'?")
        #expect(Sample.problem("read", "--xyzzy")?.hint == "see 'sample read --help'")
        #expect(Sample.problem("read", "-Q")?.hint == "did you mean '-q' (--quit)?")
        #expect(Sample.problem("read", "-ez")?.message == "there is no option '-z'")
    }

    @Test func aWrongValueNamesItsOption() {
        #expect(Sample.problem("read", "x", "-w", "ten")?.message == "--window: 'ten' is not a whole number")
        #expect(Sample.problem("read", "x", "-w", "0")?.message == "--window: 0 is not between 1 and 100")
        let problem = Sample.problem("read", "x", "--level", "hihg")
        #expect(problem?.message == "--level: 'hihg' is not one of low, middle, high")
        #expect(problem?.hint == "did you mean 'high'?")
    }

    @Test func whatMustBeGivenIsNamed() {
        #expect(Sample.problem("write", "x")?.message == "--target is missing")
        #expect(Sample.problem("write", "--target", "t")?.message == "NAME is missing")
        #expect(Sample.problem("read")?.hint == "usage: sample read [options] FIRST [SECOND]")
        #expect(Sample.problem("read", "x", "--window")?.message == "--window needs a value (N)")
        #expect(Sample.problem("read", "x", "--earliest=yes")?.message == "--earliest takes no value")
        #expect(Sample.problem("read", "x", "-e=yes")?.message == "-e takes no value")
    }

    @Test func aWrongValueFromElsewhereNamesItsPlace() {
        let file = ValueSource { option, _ in
            option.name == "window" ? (["x"], .file(path: "/etc/s.conf", line: 3, profile: nil)) : nil
        }
        do throws(UsageProblem) {
            _ = try Sample.values("read", "x", sources: [file])
            Issue.record("it was taken")
        } catch {
            #expect(error.message == "--window: 'x' is not a whole number (from /etc/s.conf:3)")
        }
    }

    @Test(arguments: [
        ("craete", "create", 1), ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "abc", 0), ("ab", "ba", 1),
    ])
    func distancesAreThoseOfDamerau(left: String, right: String, distance: Int) {
        #expect(Spelling.distance(left, right) == distance)
        #expect(Spelling.distance(right, left) == distance)
    }

    @Test func aBeginningIsNearEnough() {
        #expect(Spelling.nearest(to: "del", among: ["create", "delete"]) == "delete")
        #expect(Spelling.nearest(to: "q", among: ["create", "delete"]) == nil)
    }
}
