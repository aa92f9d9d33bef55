import KappaTestSupport
import Testing

/// What a person sees first.
@Suite struct FirstMeetingTests {
    @Test func versionNamesTheLibraries() async throws {
        let result = try await Kappa.run("--version")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        for name in ["kappa ", "librdkafka ", "SQLite "] { #expect(result.output.contains(name)) }
        // The others are opened when they are needed.
        let all = try await Kappa.run("--version", "-v")
        #expect(all.status == 0)
        for name in ["librdkafka ", "libpq ", "libmariadb ", "SQLite "] { #expect(all.output.contains(name)) }
    }

    @Test func onlyTheLibrariesThatEveryCommandUsesAreBoundAtTheStart() throws {
        let words = try Subprogram.output(of: "/usr/bin/ldd", [Kappa.path])
        #expect(words.contains("librdkafka.so"))
        for library in ["libcurl", "libpq", "libmariadb", "libldap", "libgnutls"] {
            #expect(!words.contains("\(library).so"), "\(words)")
        }
    }

    @Test func aClosedPipeEndsTheProgramSilently() async throws {
        let child = try ChildProcess(
            ["bash", "--norc", "-c", "'\(Kappa.path)' help | head -1; echo ${PIPESTATUS[0]}"],
            environment: ["PATH": "/usr/bin:/bin"], directory: "/tmp")
        let result = try await child.finish()
        #expect(result.errors.isEmpty)
        #expect(result.lines.count == 2)
        #expect(["0", "141"].contains(result.lines.last ?? ""))
    }

    @Test func aReaderThatHasGoneGivesStatus141() async throws {
        let child = try ChildProcess(
            ["bash", "--norc", "-c", "(sleep 0.2; '\(Kappa.path)' help; echo $? >&2) | true"],
            environment: ["PATH": "/usr/bin:/bin"], directory: "/tmp")
        let result = try await child.finish()
        #expect(result.errors == "141\n")
    }

    @Test func aTerminalGetsColoursAndItsWidth() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(
            ["help"], environment: ["PAGER": ""], directory: folder.path, terminal: TerminalSize(columns: 60))
        let result = try await child.finish()
        #expect(result.output.contains("\u{1B}["))
        let lines = result.output.split(whereSeparator: \.isNewline).map(String.init)
        #expect(lines.allSatisfy { $0.filter { $0 != "\u{1B}" }.count <= 60 + 24 })
    }
}
