import KappaArguments
import KappaCore
import KappaTestSupport
import Testing

@testable import KappaCommands

/// The man pages and completion scripts, read by the programs they are for.
@Suite struct DocumentTests {
    private func check(_ words: [String], _ text: String) async throws -> ChildProcess.Result {
        let folder = try TemporaryDirectory()
        try folder.write("text", text)
        let child = try ChildProcess(
            words, environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8"],
            directory: folder.path)
        return try await child.finish()
    }

    @Test func everyManPagePassesMandocsLint() async throws {
        guard Kappa.find("mandoc") != nil else { return }
        for (path, text) in DocumentsCommand.all(below: CommandRegistry.root) where path.hasSuffix(".1") {
            let result = try await check(["mandoc", "-T", "lint", "text"], text)
            #expect(result.output.isEmpty, "\(path): \(result.output)")
        }
    }

    @Test func everyCompletionScriptParses() async throws {
        for (path, text) in DocumentsCommand.all(below: CommandRegistry.root) where path.hasPrefix("completions/") {
            let shell = path.hasSuffix(".bash") ? "bash" : path.hasSuffix(".fish") ? "fish" : "zsh"
            guard Kappa.find(shell) != nil else { continue }
            let result = try await check([shell, "-n", "text"], text)
            #expect(result.status == 0, "\(path): \(result.errors)")
        }
    }

    @Test func readmesCommandLinesParse() throws {
        let text = try TextFile.read(Kappa.packageRoot + "/README.md")
        let lines = text.split(separator: "\n").map(String.init)
        let typed = lines.filter { $0.hasPrefix("$ kappa ") }.map { $0.dropFirst(2).prefix { $0 != "#" } }
        let cells = lines.filter { $0.hasPrefix("| `docker") || $0.hasPrefix("| `until") }.flatMap { line in
            line.split(separator: "`").filter { $0.hasPrefix("kappa ") }
        }
        #expect(typed.count + cells.count > 12)
        for line in typed + cells {
            let words = line.filter { $0 != "\\" && $0 != "&" }
            for command in ExampleLine.commands(String(words)) {
                #expect(ExampleLine.problem(command) == nil, "\(line)")
            }
        }
    }

    @Test func readmeNamesEveryCommand() throws {
        let text = try TextFile.read(Kappa.packageRoot + "/README.md")
        for command in CommandRegistry.all where !command.isHidden {
            #expect(text.contains("| `kappa \(command.name)` | "), "run make docs")
        }
    }
}
