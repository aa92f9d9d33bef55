import KappaArguments
import KappaTestSupport
import Testing

@testable import KappaCommands

/// What must hold of every command there is.
@Suite struct DeclarationTests {
    static let nodes = CommandNode.all(CommandRegistry.root)

    private func expectNone(_ problems: [String]) {
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    @Test func everyParameterHasALineOfHelp() {
        expectNone(
            DeclarationTests.nodes.flatMap { node in
                node.command.parameters.filter { !$0.help.hasSuffix(".") || $0.help.contains("\n") }
                    .map { "\(node.line) \($0.label): '\($0.help)' is not a sentence on one line" }
            })
    }

    /// With the prompt below it, a screen of 24 lines holds the short help of every command.
    @Test(arguments: [80, 100]) func theShortHelpOfEveryCommandFitsAScreen(width: Int) {
        expectNone(
            DeclarationTests.nodes.flatMap { node in
                let lines = HelpText.render(node.path, long: false, width: width)
                    .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                let wide = lines.filter { $0.count > width }
                return (lines.count > 23 ? ["\(node.line): \(lines.count) lines"] : [])
                    + wide.map { "\(node.line): \($0.count) wide: \($0)" }
            })
    }

    /// What is not written out is named.
    @Test func theShortHelpNamesEveryOption() {
        expectNone(
            DeclarationTests.nodes.flatMap { node in
                let text = HelpText.render(node.path, long: false, width: 80)
                return node.options.filter { !text.contains("--\($0.name)") && !text.contains("--[no-]\($0.name)") }
                    .map { "\(node.line) \($0.label)" }
            })
    }

    @Test func noTwoOptionsOfACommandShareASpelling() {
        expectNone(
            DeclarationTests.nodes.flatMap { node in
                let spellings = node.options.flatMap(\.spellings)
                return Set(spellings).filter { one in spellings.count { $0 == one } > 1 }
                    .map { "\(node.line): \($0) is declared twice" }
            })
    }

    @Test func optionsAreWrittenInLowerCaseAndPlaceholdersInUpper() {
        expectNone(
            DeclarationTests.nodes.flatMap { node in
                node.command.parameters.filter { parameter in
                    let name = parameter.name
                    if parameter.isPositional { return name != name.uppercased() }
                    let isLower = name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }
                    return !isLower || (!parameter.isFlag && parameter.placeholder.isEmpty)
                }.map { "\(node.line): \($0.label) \($0.placeholder)" }
            })
    }

    @Test func everyDefaultCanBeRead() {
        expectNone(
            DeclarationTests.nodes.flatMap { node in
                node.command.parameters.filter { !$0.isRequired }.compactMap { parameter in
                    do throws(ValueError) {
                        _ = try parameter.read(parameter.defaultWord.map { [$0] } ?? [])
                        return nil
                    } catch {
                        return "\(node.line) \(parameter.label): \(error.message)"
                    }
                }
            })
    }

    @Test func everyCommandHasAnExampleThatParses() {
        expectNone(
            DeclarationTests.nodes.filter { $0.command.action != nil }.flatMap { node -> [String] in
                guard !node.command.examples.isEmpty else { return ["\(node.line) has no example"] }
                return node.command.examples.flatMap { example in
                    ExampleLine.commands(example.line).compactMap(ExampleLine.problem)
                        .map { "\(node.line): '\(example.line)': \($0)" }
                }
            })
    }

    @Test func abstractsAreOneLineWithoutAFullStop() {
        expectNone(
            DeclarationTests.nodes.map(\.command).filter { command in
                command.abstract.isEmpty || command.abstract.hasSuffix(".") || command.abstract.count > 78
                    || command.abstract.first?.isUppercase != true
            }.map { "\($0.name): '\($0.abstract)'" })
    }

    @Test func argumentsThatMayBeMissingComeLast() {
        expectNone(
            DeclarationTests.nodes.flatMap { node in
                zip(node.command.arguments, node.command.arguments.dropFirst())
                    .filter { $0.isRepeated || (!$0.isRequired && $1.isRequired) }
                    .map { "\(node.line): \($0.name) stands before \($1.name)" }
            })
    }

    /// One name in a settings file means one kind of thing.
    @Test func sharedSettingsAreOfOneKind() {
        let keys = SettingKey.all(below: CommandRegistry.root).filter { $0.key == $0.parameter.name }
        expectNone(
            Set(keys.map(\.key)).flatMap { key in
                let kinds = Set(keys.filter { $0.key == key }.map { $0.parameter.isFlag })
                return kinds.count > 1 ? ["\(key) is a flag in one command and takes a value in another"] : []
            })
    }
}

/// The program's own command lines within a line of shell.
enum ExampleLine {
    /// `kappa a | kappa b -x 'y z' > file` is `a` and `b -x 'y z'`.
    static func commands(_ line: String) -> [[String]] {
        let ends: Set<String> = ["|", ">", ">>", "<", "&&", ";", "&", "2>", "||"]
        return words(line).split { !$0.isQuoted && ["|", "&&", ";", "||"].contains($0.text) }.compactMap { part in
            guard let start = part.firstIndex(where: { $0.text == "kappa" }) else { return nil }
            return part[part.index(after: start)...].prefix { $0.isQuoted || !ends.contains($0.text) }.map(\.text)
        }
    }

    static func problem(_ words: [String]) -> String? {
        do throws(UsageProblem) {
            let invocation = try Parser.parse(words, root: CommandRegistry.root)
            _ = try Values(invocation, sources: [])
            return invocation.command.action == nil ? "a command is missing" : nil
        } catch {
            return error.message
        }
    }

    /// What stands in quotes ends no command: `';'` is a word.
    private static func words(_ line: String) -> [(text: String, isQuoted: Bool)] {
        var words: [(text: String, isQuoted: Bool)] = []
        var word = "", quote: Character?, isWord = false, isQuoted = false
        for letter in line + " " {
            if let open = quote {
                if letter == open { quote = nil } else { word.append(letter) }
            } else if letter == "'" || letter == "\"" {
                (quote, isWord, isQuoted) = (letter, true, true)
            } else if letter == " " || letter == "(" || letter == ")" {
                if isWord { words.append((word, isQuoted)) }
                (word, isWord, isQuoted) = ("", false, false)
            } else {
                word.append(letter)
                isWord = true
            }
        }
        return words
    }
}
