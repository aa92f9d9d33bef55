/// Where a value came from, nearest first.
package enum Origin: Sendable, Equatable, CustomStringConvertible {
    case commandLine
    case environment(String)
    case file(path: String, line: Int, profile: String?)
    case byDefault

    package var description: String {
        switch self {
        case .commandLine: "command line"
        case .environment(let name): "environment \(name)"
        case .file(let path, let line, nil): "\(path):\(line)"
        case .file(let path, let line, let profile?): "\(path):\(line) [profile \(profile)]"
        case .byDefault: "default"
        }
    }
}

/// A place that may hold words for an option, other than the command line.
package struct ValueSource: Sendable {
    /// The words and where they stand, for the option of the command with these names; nil where there are none.
    package let find: @Sendable (_ option: Parameter, _ path: [String]) -> (words: [String], origin: Origin)?

    package init(find: @escaping @Sendable (Parameter, [String]) -> (words: [String], origin: Origin)?) {
        self.find = find
    }
}

/// The values of one invocation, each with its origin.
package struct Values: Sendable {
    /// The words of the command that runs: `["kappa", "topics", "create"]`.
    package let path: [String]
    /// The command that all others stand below.
    package let root: Command
    private let values: [String: Entry]

    private struct Entry: Sendable {
        let value: any Sendable
        let words: [String]
        let origin: Origin
    }

    /// Reads every parameter of the invocation, from the command line or the first source that has it.
    package init(_ invocation: Parser.Invocation, sources: [ValueSource]) throws(UsageProblem) {
        path = invocation.names
        root = invocation.path[0]
        var values: [String: Entry] = [:]
        // A family gives its options to its commands, and keeps its arguments to itself.
        for parameter in invocation.path.dropLast().flatMap(\.options) + invocation.command.parameters {
            values[parameter.name] = try Values.entry(parameter, invocation, sources)
        }
        self.values = values
    }

    private static func entry(
        _ parameter: Parameter, _ invocation: Parser.Invocation, _ sources: [ValueSource]
    ) throws(UsageProblem) -> Entry {
        let (words, origin) = found(parameter, invocation, sources)
        do throws(ValueError) {
            if words.isEmpty, parameter.isRequired { throw ValueError("it must be given") }
            return Entry(value: try parameter.read(words), words: words, origin: origin)
        } catch {
            throw problem(parameter, invocation, origin, words.isEmpty, error)
        }
    }

    private static func found(
        _ parameter: Parameter, _ invocation: Parser.Invocation, _ sources: [ValueSource]
    ) -> (words: [String], origin: Origin) {
        if let words = invocation.given[parameter.name] { return (words, .commandLine) }
        guard parameter.isSettable else { return ([], .byDefault) }
        for source in sources {
            if let found = source.find(parameter, invocation.names) { return found }
        }
        return ([], .byDefault)
    }

    private static func problem(
        _ parameter: Parameter, _ invocation: Parser.Invocation, _ origin: Origin, _ isMissing: Bool,
        _ error: ValueError
    ) -> UsageProblem {
        let usage = "usage: \(Usage.line(invocation.path))"
        if isMissing {
            return UsageProblem(path: invocation.names, message: "\(parameter.label) is missing", hint: usage)
        }
        let place = origin == .commandLine ? "" : " (from \(origin))"
        return UsageProblem(
            path: invocation.names, message: "\(parameter.label): \(error.message)\(place)",
            hint: error.hint ?? UsageProblem.helpLine(invocation.names))
    }

    /// The value of a parameter that the command declares.
    package subscript<Key: ParameterKey>(key: Key) -> Key.Value {
        guard let value = values[key.parameter.name]?.value as? Key.Value else {
            preconditionFailure("'\(path.joined(separator: " "))' reads \(key.parameter.label) without declaring it")
        }
        return value
    }

    package func declares(_ key: some ParameterKey) -> Bool { values[key.parameter.name] != nil }

    package func origin(of key: some ParameterKey) -> Origin { values[key.parameter.name]?.origin ?? .byDefault }

    /// Whether it was said anywhere, rather than left to the default.
    package func isGiven(_ key: some ParameterKey) -> Bool { origin(of: key) != .byDefault }
}
