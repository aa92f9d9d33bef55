/// Reads a command line against its declaration. Pure: no environment, no files.
///
/// Options may stand before and after the words they belong with; a family's options are taken by all its commands;
/// `--` ends the options.
package struct Parser {
    private var path: [Command]
    private var given: [String: [String]] = [:]
    private var spellings: [String: String] = [:]
    private var words: [String] = []
    private var rest: ArraySlice<String>
    private var optionsEnded = false

    /// What stood on the command line: the command reached, and the words of each parameter.
    package struct Invocation: Sendable {
        package let path: [Command]
        package let given: [String: [String]]
        /// How each was typed last: `-h` or `--help`.
        package let spellings: [String: String]

        package var command: Command { path[path.count - 1] }
        package var names: [String] { path.map(\.name) }
    }

    package static func parse(_ arguments: [String], root: Command) throws(UsageProblem) -> Invocation {
        var parser = Parser(path: [root], rest: arguments[...])
        while let word = parser.rest.popFirst() { try parser.take(word) }
        try parser.assignArguments()
        return Invocation(path: parser.path, given: parser.given, spellings: parser.spellings)
    }

    private init(path: [Command], rest: ArraySlice<String>) {
        self.path = path
        self.rest = rest
    }

    private var command: Command { path[path.count - 1] }
    private var options: [Parameter] { path.optionsToType }

    private func problem(_ message: String, _ hint: String?) -> UsageProblem {
        let names = path.map(\.name)
        return UsageProblem(path: names, message: message, hint: hint ?? UsageProblem.helpLine(names))
    }

    private mutating func take(_ word: String) throws(UsageProblem) {
        if optionsEnded || word == "-" || !word.hasPrefix("-") {
            try takePlain(word)
        } else if word == "--" {
            optionsEnded = true
        } else if word.hasPrefix("--") {
            try takeLong(word.dropFirst(2))
        } else {
            try takeShort(word.dropFirst())
        }
    }

    private mutating func takePlain(_ word: String) throws(UsageProblem) {
        guard !command.subcommands.isEmpty, words.isEmpty else { return words.append(word) }
        if let next = command.subcommand(named: word) { return path.append(next) }
        guard command.arguments.isEmpty else { return words.append(word) }
        let names = command.subcommands.filter { !$0.isHidden }.flatMap { [$0.name] + $0.aliases }
        let near = Spelling.nearest(to: word, among: names)
        let all = "its commands are " + command.subcommands.filter { !$0.isHidden }.map(\.name).joined(separator: ", ")
        throw problem(
            "there is no command '\(word)'", near.map { "did you mean '\($0)'?" } ?? (path.count > 1 ? all : nil))
    }

    private mutating func takeLong(_ word: Substring) throws(UsageProblem) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let value = parts.count == 2 ? String(parts[1]) : nil
        if let option = options.first(where: { $0.name == name || $0.aliases.contains(name) }) {
            return try store(option, as: "--\(name)", value: value)
        }
        if name.hasPrefix("no-"), let flag = options.first(where: { $0.isNegatable && $0.name == name.dropFirst(3) }) {
            guard value == nil else { throw problem("--\(name) takes no value", nil) }
            given[flag.name] = ["no"]
            return
        }
        if let family = familyWith(name) {
            throw problem("--\(name) is an option of '\(family)' that means nothing here", nil)
        }
        throw problem("there is no option '--\(name)'", commandHint(name) ?? nearestOption(to: name))
    }

    /// The family whose option of this name the command leaves out.
    private func familyWith(_ name: String) -> String? {
        guard command.withoutOptions.contains(name) else { return nil }
        let place = path.firstIndex { $0.options.contains { $0.name == name } } ?? 0
        return path[...place].map(\.name).joined(separator: " ")
    }

    /// `topics --list`, as Kafka's own tools spell it.
    private func commandHint(_ name: String) -> String? {
        guard let meant = command.subcommand(named: name), !meant.isHidden else { return nil }
        return "did you mean '\((path.map(\.name) + [meant.name]).joined(separator: " "))'?"
    }

    private func nearestOption(to name: String) -> String? {
        let names = options.filter { !$0.isHidden }.flatMap { option in
            [option.name] + option.aliases + (option.isNegatable ? ["no-" + option.name] : [])
        }
        return Spelling.nearest(to: name, among: names).map { "did you mean '--\($0)'?" }
    }

    /// `-e`, `-eq`, `-w10s`, `-w 10s`, `-w=10s`: flags may be clustered, and the first option with a value ends it.
    private mutating func takeShort(_ letters: Substring) throws(UsageProblem) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.short == letter }) else {
                throw problem("there is no option '-\(letter)'", nearestLetter(to: letter))
            }
            if option.isFlag, letters.first != "=" {
                try store(option, as: "-\(letter)", value: nil)
                continue
            }
            if letters.first == "=" { letters.removeFirst() }
            let value = letters.isEmpty ? nil : String(letters)
            return try store(option, as: "-\(letter)", value: value)
        }
    }

    private func nearestLetter(to letter: Character) -> String? {
        let other = letter.isUppercase ? letter.lowercased() : letter.uppercased()
        let found = options.first { $0.short.map(String.init) == other }
        return found.map { "did you mean '-\(other)' (--\($0.name))?" }
    }

    private mutating func store(_ option: Parameter, as label: String, value: String?) throws(UsageProblem) {
        spellings[option.name] = label
        if option.isFlag {
            guard value == nil else { throw problem("\(label) takes no value", nil) }
            given[option.name] = ["yes"]
            return
        }
        guard let word = value ?? nextValue(of: option) else {
            throw problem("\(label) needs a value (\(option.placeholder))", nil)
        }
        if option.isRepeated { given[option.name, default: []].append(word) } else { given[option.name] = [word] }
    }

    /// The next word, unless it is plainly another option: `--from -1h` is a value, `--from --follow` is not. An option
    /// that needs no value takes no word with a dash for one.
    private mutating func nextValue(of option: Parameter) -> String? {
        guard let next = rest.first, next != "--" else { return option.bareWord }
        if let bare = option.bareWord, next.hasPrefix("-") { return bare }
        if next.hasPrefix("--"), isOption(next.dropFirst(2)) { return nil }
        rest.removeFirst()
        return next
    }

    private func isOption(_ word: Substring) -> Bool {
        let name = word.prefix { $0 != "=" }
        return options.contains { $0.name == name || $0.aliases.contains { $0 == name } }
    }

    /// Gives the plain words to the arguments in their order; a list takes all but what later ones need.
    private mutating func assignArguments() throws(UsageProblem) {
        var words = words[...]
        for argument in command.arguments {
            guard !words.isEmpty else { break }
            given[argument.name] = argument.isRepeated ? Array(words) : [words.removeFirst()]
            if argument.isRepeated { words = [] }
        }
        if let extra = words.first {
            throw problem("there is no place for '\(extra)'", usageHint)
        }
    }

    private var usageHint: String { "usage: \(Usage.line(path))" }
}
