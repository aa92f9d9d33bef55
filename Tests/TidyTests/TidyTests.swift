import Testing

/// The rules of the house, read from the source itself.
@Suite struct TidyTests {
    static let sources = SourceFile.all(under: "Sources")
    static let all = sources + SourceFile.all(under: "Tests")

    /// What each room may import of the others; the C libraries have one door each.
    static let arrows = Arrows(package: SourceFile.text(of: "Package.swift")).byRoom

    /// What the toolchain offers, and what may be used of it.
    static let platform: Set<String> = ["Glibc", "Synchronization", "SwiftOverlayShims"]

    private func expectNone(_ problems: [String]) {
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    @Test func everyRoomImportsOnlyWhatTheArrowsAllow() {
        expectNone(
            TidyTests.sources.filter { !$0.room.hasPrefix("C") }.flatMap { file in
                file.imports.filter { _, module in
                    !TidyTests.platform.contains(module)
                        && TidyTests.arrows[file.room]?.contains(module) != true
                }.map { "\(file.path):\($0.line): \(file.room) may not import \($0.module)" }
            })
    }

    @Test func theArrowsAreReadFromThePackage() {
        #expect(TidyTests.arrows["KappaArguments"] == [])
        #expect(TidyTests.arrows["kappa"] == ["KappaCommands"])
        #expect(TidyTests.arrows["KappaJobs"]?.contains("KappaKafka") == true)
        #expect(TidyTests.arrows.count > 15)
    }

    @Test func jobsKnowNoOptionNoTerminalAndNoPage() {
        let banned = TidyTests.arrows["KappaJobs"]?.intersection(["KappaArguments", "KappaTerminal", "KappaHTTP"])
        #expect(banned == [])
    }

    @Test func argumentsImportNothing() {
        expectNone(
            TidyTests.sources.filter { $0.room == "KappaArguments" && !$0.imports.isEmpty }
                .map { "\($0.path) imports \($0.imports.map(\.module))" })
    }

    @Test func noCodeCallsWhatIsBanned() {
        let banned = [
            ("fatalError(", "a thrown error, or a precondition with a sentence"), ("try!", "a thrown error"),
            ("import Foundation", "Glibc"), ("print(", "Output or Messages"), ("debugPrint(", "Output or Messages"),
            ("NSLock", "Mutex"), ("DispatchQueue", "a thread"),
        ]
        expectNone(
            TidyTests.sources.flatMap { file in
                file.code.flatMap { number, line in
                    banned.filter { TidyTests.calls(line, $0.0) }
                        .map { "\(file.path):\(number): \($0.0) is banned; use \($0.1)" }
                }
            })
    }

    /// Whether the line holds the word, and not as the end of a longer one.
    private static func calls(_ line: Substring, _ word: String) -> Bool {
        line.ranges(of: word).contains { place in
            guard let before = line[..<place.lowerBound].last else { return true }
            let isDeclaration = line[..<place.lowerBound].hasSuffix("func ")
            return !isDeclaration && !before.isLetter && !before.isNumber && before != "." && before != "_"
        }
    }

    @Test func linesAndFilesKeepTheirSize() {
        expectNone(
            TidyTests.all.flatMap { file in
                let long = file.lines.count > 501 ? ["\(file.path) has \(file.lines.count) lines; 500 is the most"] : []
                let wrong = file.lines.enumerated().filter { _, line in
                    line.count > TidyTests.limit(line) || line.hasSuffix(" ") || line.contains("\t")
                }
                return long + wrong.map { "\(file.path):\($0.offset + 1): too long, or a tab, or a space at its end" }
            })
    }

    /// Code and comments keep to 120; a line that carries a text or a pattern may be a little longer, for the text's
    /// sake.
    private static func limit(_ line: Substring) -> Int {
        if line.contains("#/") { return .max }
        return line.contains("\"") || line.hasSuffix("\\") || line.hasPrefix("            ") ? 135 : 120
    }

    @Test func theCodeSpeaksOfTheProjectAlone() {
        let words = ["TO" + "DO", "FIX" + "ME", "/wo" + "rk/", "iss" + "ue #", "// place" + "holder"]
        expectNone(
            TidyTests.all.flatMap { file in
                file.lines.enumerated().flatMap { index, line in
                    words.filter { line.contains($0) }
                        .map { "\(file.path):\(index + 1): '\($0)' does not belong here" }
                }
            })
    }

    @Test func filesAreNotNamedAfterNothing() {
        let vague = ["Utils", "Utilities", "Helpers", "Helper", "Manager", "Common", "Misc"]
        expectNone(
            TidyTests.sources.filter { file in vague.contains { file.path.hasSuffix($0 + ".swift") } }
                .map { "\($0.path): name it after what is in it" })
    }
}
